"""django-drip-campaigns at the same work, in a Python of its own: `python drip_campaigns.py FOLDER PORT USERS DUE...`.

Users who joined a month ago get one mail each, from a template, by SMTP, and a row that says so. Prints a JSON list:
CPU seconds of `send_drips` for each number due. It needs Django, and nothing of this repository.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta

import django
from django.conf import settings
from django.core.management import call_command

BODY = "Dear {{ user.first_name }},\n\nyou have been with us for a month. Is there anything we can do for you?\n"


def main(folder: str, port: int, users: int, due: list[int]) -> None:
    settings.configure(
        INSTALLED_APPS=("django.contrib.auth", "django.contrib.contenttypes", "drip"),
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/drip.sqlite"}},
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_HOST="127.0.0.1", EMAIL_PORT=port,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField", SECRET_KEY="none", USE_TZ=True,
        DEFAULT_FROM_EMAIL="care@example.com",
    )  # fmt: skip
    django.setup()
    call_command("migrate", verbosity=0)
    fill(users)
    print(json.dumps([one_run(count) for count in due]))


def fill(users: int) -> None:
    from django.contrib.auth.models import User
    from drip.models import Drip, QuerySetRule

    people = (User(username=f"u{n}", first_name=f"Customer {n}", email=f"u{n}@example.com") for n in range(users))
    User.objects.bulk_create(people, batch_size=5_000)
    drip = Drip.objects.create(
        name="month", enabled=True, from_email="care@example.com", subject_template="A month with us",
        body_html_template=BODY,
    )  # fmt: skip
    for lookup, value in (("lte", "now-30 days"), ("gte", "now-31 days")):
        QuerySetRule.objects.create(drip=drip, field_name="date_joined", lookup_type=lookup, field_value=value)


def one_run(due: int) -> float:
    from django.contrib.auth.models import User
    from django.utils.timezone import now
    from drip.models import SentDrip

    SentDrip.objects.all().delete()
    User.objects.update(date_joined=now() - timedelta(days=400))
    User.objects.filter(id__lte=due).update(date_joined=now() - timedelta(days=30, hours=1))
    start = time.process_time()
    call_command("send_drips")
    taken = time.process_time() - start
    assert SentDrip.objects.count() == due, SentDrip.objects.count()
    return taken


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), [int(one) for one in sys.argv[4:]])
