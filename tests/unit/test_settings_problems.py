"""Every mistake in config.yaml gets its own line: where, what, and how to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.ground.errors import BadConfig
from engine.settings.channel_kinds import OUR_KINDS
from engine.settings.load import load_settings, read_settings

CHANNELS = """\
channels:
  mail: {kind: email, host: localhost, from_address: care@example.com}
  disk: {kind: file, folder: out}
defaults: {via: [mail]}
"""

KINDS = ", ".join(OUR_KINDS)

WEB = 'web: {base_url: "https://f.example", keys: [file:web.key], '

SOURCE = "sources: {crm: {url: env:CRM, table: customer, "

EMAIL = "channels: {email: {kind: email, from_address: a@b.c,\n         "

ONE_MISTAKE = {
    "- a": '1:1: error C101: config.yaml must be a mapping of keys',
    "servce: {}": '1:1: error C102: unknown key "servce"; did you mean "service"?',
    "service:\n  tik: 3": '2:3: error C102: unknown key "tik" in service; did you mean "tick"?',
    "channels:\n  mail: {kind: file, foldr: x, folder: y}":
        '2:22: error C102: unknown key "foldr" in channels.mail; did you mean "folder"?',
    'service: {tick: "3"}': '1:17: error C103: service.tick must be a number, not "3"',
    "service: {tick: 0}": "1:17: error C103: service.tick must be more than 0, not 0",
    "caps: {attempts: 51}": "1:18: error C103: caps.attempts must be at most 50, not 51",
    "caps: {claims: true}": "1:16: error C103: caps.claims must be a whole number, not true",
    "caps: {gap: soon}":
        '1:13: error C110: "soon" is not a duration; write e.g. 90m, 5h, 3d, 2w, 6mo, 1y or 1y6mo',
    "caps: {gap: 2wd}": '1:13: error C110: "2wd" is not a gap; write e.g. 90m, 4h or 2d',
    "caps: {gap: -1h}": '1:13: error C110: "-1h" is not a gap; write e.g. 90m, 4h or 2d',
    "caps: {gap: 5w}": '1:13: error C110: "5w" is too long for a gap; write at most 30d',
    'windows: {lead: {open: "22:00", close: "23:00"}}\ndefaults: {rep_window: lead}':
        '1:17: error C110: window "lead" is never open: all of it lies in the quiet hours; '
        "widen it, or shorten quiet_hours",
    "retention: {archive_after: 30d}": '1:28: error C110: "30d" cannot stand here; write 62d to 3660d, or never',
    "retention: {words: soon}":
        '1:20: error C110: "soon" is not a duration; write e.g. 90m, 5h, 3d, 2w, 6mo, 1y or 1y6mo',
    "retention: {words_by_category: {sale: 90d}}":
        '1:39: error C111: there is no category "sale"; did you mean "sales"?',
    "retention: {words_by_category: {sales: 1d}}":
        '1:40: error C110: "1d" cannot stand here; write 14d to 3660d, or never',
    "circumstances: [flood, flood]": '1:24: error C113: "flood" stands here twice',
    "circumstances: {flood: {aftermath: soon}}":
        '1:36: error C110: "soon" is not a duration; write e.g. 90m, 5h, 3d, 2w, 6mo, 1y or 1y6mo',
    "circumstances: {flood: {aftermath: 2mo}}": '1:36: error C110: "2mo" cannot stand here; write at most 366d',
    "circumstances: {flood: {after: 2d}}":
        '1:25: error C102: unknown key "after" in circumstances.flood; did you mean "aftermath"?',
    "circumstances: {flood: {severity: sever}}":
        '1:35: error C111: there is no severity "sever"; did you mean "severe"?',
    "circumstances: {Flood: {}}":
        '1:17: error C105: "Flood" cannot be a name; begin with a-z and go on with a-z, 0-9 and _',
    "circumstances: flood": '1:16: error C103: circumstances must be a list, not "flood"',
    "channels: {group: {kind: wecom_bot, webhook: 'https://qyapi.weixin.qq.com/x?key=1'}}\ndefaults: {via: [group]}":
        "1:46: error C115: a secret must not stand in config.yaml; write env:NAME, file:PATH or cred:NAME",
    "channels: {ding: {kind: dingtalk_bot, webhook: env:D, secret: SEC1}}\ndefaults: {via: [ding]}":
        "1:63: error C115: a secret must not stand in config.yaml; write env:NAME, file:PATH or cred:NAME",
    "channels: {wecom: {kind: wecom_app, corp_id: w, agent_id: 1, secret: env:S, base_url: 'http://q'}}\n"
    "defaults: {via: [wecom]}":
        '1:87: error C116: "http://q" is not an address for a WeCom app; write https://HOST/PATH',
    "channels: {f: {kind: feishu_bot, webhook: env:F, networks: [ten]}}\ndefaults: {via: [f]}":
        '1:61: error C116: "ten" is not a network; write e.g. 10.1.0.0/16',
    "channels: {f: {kind: feishu_bot, webhook: env:F, receivers: [lead]}}\ndefaults: {via: [f]}":
        "1:62: error C103: channels.f.receivers.1 cannot be \"lead\"; use one of rep",
    "channels: {f: {kind: feishu_bot, webhook: env:F}}\ndefaults: {via: [f]}\nredirect_to: {f: li}":
        '3:18: error C116: channel "f" speaks to a group, not to an address; '
        "let its webhook refer to the robot of a test group",
    "channels: {c: {kind: wecom_external, corp_id: w, secret: geheim}}\ndefaults: {via: [c]}":
        "1:58: error C115: a secret must not stand in config.yaml; write env:NAME, file:PATH or cred:NAME",
    "channels: {card: {kind: personal, by: post}}\ndefaults: {via: [card]}":
        '1:39: error C103: channels.card.by cannot be "post"; use one of wechat, phone, card',
    "channels: {card: {kind: personal, by: card, days_ahead: 61}}\ndefaults: {via: [card]}":
        "1:57: error C103: channels.card.days_ahead must be at most 60, not 61",
    "channels: {card: {kind: personal, by: card, days_ahead: {54: 10}}}\ndefaults: {via: [card]}":
        '1:45: error C104: channels.card.days_ahead lacks "else"; else: 7 stands for everywhere else',
    "channels: {card: {kind: personal, by: card, days_ahead: {else: 3, 54: -10}}}\ndefaults: {via: [card]}":
        "1:71: error C103: channels.card.days_ahead.54 must be at least 0, not -10",
    "channels: {card: {kind: personal, by: card, days_ahead: {else: 3, 广冬: 2}}}\ndefaults: {via: [card]}":
        '1:67: error C112: unknown region "广冬"; write a GB/T 2260 code, an ISO 3166 code or a name like 成都市',
    "channels: {card: {kind: personal, by: card, days_ahead: {else: 3, 44: 2, 广东: 3}}}\ndefaults: {via: [card]}":
        '1:74: error C113: "广东" is the same place as "44"; keep one of them',
    "attributes: {size: {type: int, label: {Chinese: 规模}}}":
        '1:40: error C105: "Chinese" is no language; write it like en, zh-Hans or zh-Hant',
    "attributes: {size: {type: int, label: {}}}":
        "1:39: error C103: attributes.size.label must not be empty",
    "attributes: {size: {type: int, label: {en: 3}}}":
        "1:44: error C103: attributes.size.label.en must be text (quote it), not 3",
    "channels: {cal: {kind: caldav, url: 'https://c.example/cal', username: f, password: env:C}}\n"
    "defaults: {via: [cal]}":
        '1:37: error C116: "https://c.example/cal" is the same calendar for everybody; '
        "write https://HOST/calendars/{user}/NAME",
    "channels: {cal: {kind: caldav, url: 'http://c.example/{user}', username: f, password: env:C}}\n"
    "defaults: {via: [cal]}":
        '1:37: error C116: "http://c.example/{user}" is not an address for a calendar; write https://HOST/PATH',
    "channels: {cal: {kind: caldav, url: 'https://c.example/{user}', username: f, password: geheim}}\n"
    "defaults: {via: [cal]}":
        "1:88: error C115: a secret must not stand in config.yaml; write env:NAME, file:PATH or cred:NAME",
    "feeds: {met: {every: 10m}}": '1:9: error C104: feeds.met needs either "url" or "file"',
    'feeds: {met: {url: "http://met.example/"}}':
        '1:20: error C116: "http://met.example/" is not an address for a feed; write https://HOST/PATH',
    "feeds: {met: {file: a.cap, every: 5s}}": '1:35: error C110: "5s" is not a duration; '
        "write e.g. 90m, 5h, 3d, 2w, 6mo, 1y or 1y6mo",
    "feeds: {met: {file: a.cap, every: 2d}}": '1:35: error C110: "2d" cannot stand here; write 1m to 1d',
    "feeds: {met: {file: a.cap, kinds: {暴雨: strom}}}":
        '1:40: error C111: there is no circumstance "strom"; did you mean "storm"?',
    "feeds: {met: {file: a.cap, format: rss}}": '1:36: error C103: feeds.met.format cannot be "rss"; '
        "use one of cap, gdacs, usgs",
    "inbox: {host: imap.example}": '1:1: error C104: inbox lacks "kind"; use imap or maildir',
    "inbox: {kind: pop3}": '1:15: error C103: inbox.kind cannot be "pop3"; use one of imap, maildir',
    "inbox: {kind: maildir, path: mail, folder: x}":
        '1:36: error C102: unknown key "folder" in inbox; did you mean "folders"?',
    "inbox: {kind: imap, host: imap.example, username: care, password: secret}":
        '1:67: error C115: a secret must not stand in config.yaml; write env:NAME, file:PATH or cred:NAME',
    "inbox: {kind: maildir, path: mail, every: 2h}": '1:43: error C110: "2h" cannot stand here; write 1m to 1h',
    "inbox: {kind: maildir, path: mail, look_back: 1y}": '1:47: error C110: "1y" cannot stand here; write 0d to 60d',
    "inbox: {kind: maildir, path: mail, away: 40d}": '1:42: error C110: "40d" cannot stand here; write 0d to 30d',
    "inbox: {kind: maildir, path: mail, reply_outcome: reached}":
        '1:51: error C111: there is no reply outcome "reached"; use one of replied, messaged',
    "inbox: {kind: maildir, path: mail, addresses: [care]}":
        '1:48: error C116: "care" is not a mail address; write one as in li@example.com',
    "inbox: {kind: maildir, path: mail, reply_to: care}":
        '1:46: error C116: "care" is not a mail address; write one as in li@example.com',
    "inbox: {kind: maildir, path: mail, reply_to: answers-to-all-of-our-messages-1@example.com}":
        '1:46: error C116: "answers-to-all-of-our-messages-1@example.com" leaves no room for a tag; '
        "at most 31 characters before the @",
    "inbox: {kind: maildir, path: mail, folders: []}":
        '1:45: error C104: inbox.folders names no folder; write e.g. [INBOX]',
    "inbox: {kind: maildir, path: mail, processed_folder: INBOX}":
        '1:54: error C113: "INBOX" is also read; what was taken in must go elsewhere',
    "rules: 7": "1:8: error C103: rules must be text (quote it), not 7",
    "dates: birthday": '1:8: error C103: dates must be a list, not "birthday"',
    "windows: {lead: all}": '1:17: error C103: windows.lead must be a mapping, not "all"',
    "feb_29: feb27": '1:9: error C103: feb_29 cannot be "feb27"; did you mean "feb28"?',
    "holidays: {new_year: {default: [2026-02-30]}}":
        '1:33: error C103: holidays.new_year.default.1 must be a date like 2027-02-06, not "2026-02-30"',
    "channels:\n  mail:\n    kind: emial":
        f'3:11: error C103: channels.mail.kind cannot be "emial"; did you mean "email"? There are {KINDS}',
    "channels:\n  crm: {kind: webhook, url: \"http://crm.example.com/\", secret: env:HOOK}\ndefaults: {via: [crm]}":
        '2:29: error C116: "http://crm.example.com/" is not an address for a webhook; write https://HOST/PATH',
    "channels:\n  crm: {kind: webhook, url: \"https://crm.example.com/\", secret: hush}\ndefaults: {via: [crm]}":
        "2:65: error C115: a secret must not stand in config.yaml; write env:NAME, file:PATH or cred:NAME",
    "channels:\n  crm: {kind: webhook, url: \"https://c.ex/\", secret: env:H, networks: [in]}\ndefaults: {via: [crm]}":
        '2:72: error C116: "in" is not a network; write e.g. 10.1.0.0/16',
    "channels: {mail: {kind: file}}": '1:12: error C104: channels.mail lacks "folder"',
    "channels: {mail: {folder: x}}":
        f'1:12: error C104: channels.mail lacks "kind"; use one of {KINDS}',
    "windows: {Day: {}}":
        '1:11: error C105: "Day" cannot be a name; begin with a-z and go on with a-z, 0-9 and _',
    "windows: {lead: {days: weekdays}, rep: {}}":
        '1:24: error C110: "weekdays" does not name days; write e.g. mon-fri or "mon, wed, fri"',
    'windows: {lead: {open: "9:00"}, rep: {}}':
        '1:24: error C110: "9:00" is not a time of day; write e.g. "09:00"',
    'windows: {rep: {open: "09:00", close: "08:00"}, lead: {}}':
        '1:39: error C110: window "rep" closes at 08:00, not after it opens at 09:00',
    'quiet_hours: {end: "24:00"}': '1:20: error C110: "24:00" is not a time of day; write e.g. "09:00"',
    'windows: {lead: {}, rep: {breaks: ["12:00"]}}':
        '1:36: error C110: "12:00" is not a break; write e.g. "12:00-13:30"',
    'windows: {lead: {}, rep: {breaks: ["13:30-12:00"]}}':
        '1:36: error C110: a break must end after it starts, not at "12:00" when it starts at "13:30"',
    'windows: {lead: {}, rep: {breaks: ["12:00-1pm"]}}':
        '1:36: error C110: "1pm" is not a time of day; write e.g. "09:00"',
    'windows: {lead: {}, rep: {breaks: ["20:00-21:00"]}}':
        '1:36: error C110: the break "20:00-21:00" lies outside of window "rep", 09:00 to 20:00',
    'windows: {lead: {}, rep: {breaks: ["09:00-15:00", "14:00-20:00"]}}':
        '1:26: error C110: window "rep" is never open: all of it lies in its breaks; shorten them',
    "category_windows: {sales: offices}":
        '1:27: error C111: there is no window "offices"; use one of lead, rep, always, new_customers',
    "category_windows: {sale: rep}": '1:20: error C111: there is no category "sale"; did you mean "sales"?',
    "channel_windows: {mail: rep}": '1:19: error C111: there is no channel "mail"; define it under channels',
    'windows: {lead: {close: "12:00"}, rep: {}, late: {open: "12:00"}}\ncategory_windows: {sales: late}':
        '2:27: error C110: window "late" of sales and window "lead" are never open together; '
        "widen one of them, or shorten quiet_hours",
    CHANNELS + 'windows: {lead: {days: sat-sun}, rep: {}, office: {days: mon-fri}}\nchannel_windows: {mail: office}':
        '6:25: error C110: window "office" of mail, window "lead" are never open together; '
        "widen one of them, or shorten quiet_hours",
    CHANNELS + 'windows: {lead: {}, rep: {}, early: {close: "12:00"}, late: {open: "12:00"}}\n'
    "category_windows: {sales: early}\nchannel_windows: {mail: late}":
        '7:25: error C110: window "late" of mail, sales\'s window "early" and window "lead" are never open together; '
        "widen one of them, or shorten quiet_hours",
    "channels: {hook: {kind: webhook, url: 'https://e.org/', secret: 'env:S'}, email: {kind: console}}\n"
    "windows: {lead: {}, rep: {days: mon-fri}, late: {days: sat-sun}}\nchannel_windows: {hook: late}":
        '3:25: error C110: window "late" of hook, window "rep" are never open together; '
        "widen one of them, or shorten quiet_hours",
    "defaults: {lead_window: laed}": '1:25: error C111: there is no window "laed"; did you mean "lead"?',
    "defaults: {via: [mail]}": '1:18: error C111: there is no channel "mail"; define it under channels',
    "defaults: {timezone: Asia/Shangai}":
        '1:22: error C112: there is no time zone "Asia/Shangai"; use an IANA name like Asia/Shanghai',
    "defaults: {country: China}":
        '1:21: error C112: "China" is not a country code; use two capital letters as in ISO 3166, e.g. CN',
    "vocabularies: {tiers: [gold, iron, gold]}": '1:36: error C113: "gold" stands here twice',
    "vocabularies: {attempt_outcomes: [reached]}":
        '1:35: error C113: outcome "reached" is both a contact and an attempt; keep one of them',
    "vocabularies: {essential: [servise]}": '1:28: error C111: there is no category "servise"; did you mean "service"?',
    "new_reps: 5wd": '1:11: error C110: "5wd" is not how long a rep is new; write e.g. 90d or 6mo',
    "attributes: {size: {type: int, words: [a]}}":
        "1:39: error C113: attribute size is int and cannot have words; only text and list can",
    "questionnaires: {owner: {x: {}}}":
        '1:18: error C113: "owner" cannot be the name of a questionnaire; fields of ours begin with it',
    "questionnaires: {quality: {good: {type: bool, words: [a]}}}":
        "1:54: error C113: question quality.good is bool and cannot have words; only text and list can",
    "portrait: {need: {facts: [hopes]}}": '1:27: error C111: there is no fact "hopes"; did you mean "hope"?',
    "portrait: {need: {facts: [[hope, attrs.x]], closeness: doctor}}":
        '1:27: error C111: there is no fact "attrs.x"; name a column of an import, attrs.NAME or date.KIND',
    "portrait: {need: {facts: [hope], closeness: uncle}}":
        '1:45: error C111: there is no profile "uncle"; use one of brother, friend, teacher, doctor',
    "holidays: {new_year: {}}": "1:12: error C114: new_year has no days; list them under default",
    "company: {domain: 'a b'}": '1:19: error C116: "a b" is not a domain; write e.g. example.com',
    "database: mysql://x":
        "1:11: error C116: database is neither SQLite nor PostgreSQL; "
        "write sqlite:///FILE, or env:NAME for a PostgreSQL URL",
    "database: postgresql+psycopg://u:pw@h/d":
        "1:11: error C115: a secret must not stand in config.yaml; write env:NAME, file:PATH or cred:NAME",
    "database: {url: 'postgresql://u:pw@h/d', prepared: false}":
        "1:17: error C115: a secret must not stand in config.yaml; write env:NAME, file:PATH or cred:NAME",
    "database: {url: 'env:DATABASE', prepared: never}":
        '1:43: error C103: database.prepared must be true or false, not "never"',
    "database: {prepared: true}": '1:1: error C104: database lacks "url"',
    "database: {url: 'env:DATABASE', prepare: true}":
        '1:33: error C102: unknown key "prepare" in database; did you mean "prepared"?',
    "database: {url: 'sqlite:///f.sqlite', prepared: true}":
        "1:49: error C116: database.prepared is for PostgreSQL; leave it out",
    "database: 5": "1:11: error C103: database must be text (quote it), not 5",
    CHANNELS + "redirect_to: {mial: a@example.com}":
        '5:15: error C111: there is no channel "mial"; did you mean "mail"?',
    CHANNELS + "redirect_to: {mail: 'a@b.example, c@d.example'}":
        '5:21: error C116: "a@b.example, c@d.example" is not a mail address; write one as in li@example.com',
    "channels:\n  email:\n    {kind: email, host: h, from_address: a@b.c, username: u, password: hunter2}":
        "3:72: error C115: a secret must not stand in config.yaml; write env:NAME, file:PATH or cred:NAME",
    "channels:\n  email: {kind: email, host: h, from_address: a@b.c, username: u}":
        "2:3: error C115: channels.email needs both username and password, or neither",
    "channels: {email: {kind: email, from_address: a@b.c}}":
        '1:12: error C104: channels.email needs either "host" or "relays"',
    EMAIL + "port: 25, relays: [{host: a}]}}":
        '2:10: error C104: "port" stands beside relays in channels.email; write it in each of them',
    EMAIL + "relays: [{host: a}, {host: a}]}}": '2:30: error C113: a:25 stands here twice',
    EMAIL + "relays: [{host: a, username: u}]}}":
        "2:19: error C115: channels.email.relays.1 needs both username and password, or neither",
    EMAIL + "relays: [{host: a, username: u, password: hush}]}}":
        "2:52: error C115: a secret must not stand in config.yaml; write env:NAME, file:PATH or cred:NAME",
    EMAIL + "relays: [{host: a, prot: 25}]}}":
        '2:29: error C102: unknown key "prot" in channels.email.relays.1; did you mean "port"?',
    EMAIL + "host: h, dkim: {selector: s1, key: hush}}}":
        "2:45: error C115: a secret must not stand in config.yaml; write env:NAME, file:PATH or cred:NAME",
    EMAIL + "host: h, dkim: {selector: s 1, key: env:K}}}":
        '2:36: error C116: "s 1" is not a name of the DNS; write e.g. s1',
    EMAIL + "host: h, dkim: {selector: s1, key: env:K, domain: x.c}}}":
        '2:60: error C116: "x.c" is neither the domain of from_address nor above it; it counts for '
        "nothing; write b.c",
    "sources: {crm: {url: sqlite:///c.db, columns: {id: id, n: name}}}":
        "1:11: error C119: crm needs a table or a query, and not both",
    "sources: {crm: {url: sqlite:///c.db, query: DELETE FROM c, columns: {id: id, n: name}}}":
        "1:45: error C119: the query of crm is not a SELECT; theirs is only read",
    "sources: {crm: {url: 'postgresql://u:pw@h/d', table: c, columns: {id: id, n: name}}}":
        "1:22: error C115: a secret must not stand in config.yaml; write env:NAME, file:PATH or cred:NAME",
    "sources: {crm: {url: crm.db, table: c, columns: {id: id, n: name}}}":
        "1:22: error C116: url is neither a SQLAlchemy URL nor a reference; write env:NAME, or e.g. sqlite:///crm.sqlite",
    SOURCE + "columns: {id: id, n: name, t: teir}}}":
        '1:78: error C111: there is no column "teir" of leads; did you mean "tier"?',
    SOURCE + "columns: {id: id, n: name, t: attrs.hobby}}}":
        '1:78: error C111: there is no column "attrs.hobby" of leads; declare it under attributes',
    SOURCE + "columns: {id: id, n: name, m: name}}}":
        '1:48: error C113: two columns become "name"; keep one of them',
    SOURCE + "columns: {n: name}}}":
        "1:48: error C119: no column becomes id; leads need them",
    SOURCE + "kind: records, columns: {id: id, k: kind}}}":
        "1:63: error C119: no column becomes lead; records need them",
    SOURCE + "columns: {id: id, n: name}, owned_by_followup: [owner]}}":
        '1:96: error C111: no column becomes "owner"; use one of id, name',
    SOURCE + "columns: {id: id, n: name}, owned_by_source: [name], owned_by_followup: [name]}}":
        '1:121: error C113: "name" is owned by both; keep one of them',
    SOURCE + "columns: {id: id, n: name}, deleted_flag: not id}}":
        '1:90: error C119: "not id" is read as something else already',
    SOURCE + "columns: {id: id, n: name}, every: 1s}}":
        '1:83: error C110: "1s" is not a duration; write e.g. 90m, 5h, 3d, 2w, 6mo, 1y or 1y6mo',
    SOURCE + "columns: {id: id, n: name}, every: 1mo}}":
        '1:83: error C110: "1mo" is no such span; write e.g. 5m, 2h or 1d',
    SOURCE + "columns: {id: id, n: name}, timezone: Odoo}}":
        '1:86: error C112: there is no time zone "Odoo"; use an IANA name like Asia/Shanghai',
    SOURCE + "columns: {id: id, n: name}, write_back: DELETE FROM c}}":
        "1:88: error C119: write_back is not one UPDATE; write e.g. UPDATE crm SET rep = :owner WHERE id = :key",
    SOURCE + "columns: {id: id, n: name}, write_back: 'UPDATE c SET a = :grade WHERE id = :key'}}":
        '1:88: error C111: write_back cannot tell ":grade"; use :key, :owner, :status, :last_contact',
    SOURCE + "columns: {id: id, n: name}, write_back: 'UPDATE c SET a = :owner'}}":
        "1:88: error C119: write_back does not say which row; end it with WHERE ... = :key",
    SOURCE + "columns: {id: id, n: name}}}\nvocabularies: {statuses: [active]}":
        '1:11: error C111: deletions become the status "gone", which vocabularies.statuses does not have; '
        "add it, or write deletions: ignore",
    SOURCE + "kind: records, columns: {id: id, l: lead, k: kind}, write_back: UPDATE c}}":
        "1:112: error C119: records have no write_back; only leads have",
    WEB + "bind: 8470}": '1:66: error C103: web.bind must be text (quote it), not 8470',
    WEB + "bind: here}": '1:66: error C116: "here" is nothing to listen on; write HOST:PORT, or unix:PATH',
    WEB + 'bind: "127.0.0.1:0"}':
        '1:66: error C116: "127.0.0.1:0" is nothing to listen on; write HOST:PORT, or unix:PATH',
    'web: {base_url: "https://f.example/care", keys: [file:web.key]}':
        '1:17: error C116: "https://f.example/care" is not an address for links; write https://HOST, without a path',
    'web: {base_url: "https://f.example"}': '1:1: error C104: web lacks "keys"',
    'web: {base_url: "https://f.example", keys: []}':
        '1:44: error C104: web.keys names no key; write e.g. [file:web.key]',
    'web: {base_url: "https://f.example", keys: [hush]}':
        "1:45: error C115: a secret must not stand in config.yaml; write env:NAME, file:PATH or cred:NAME",
    WEB + "tokens: [{name: li, role: boss, secret: env:S}]}":
        '1:86: error C103: web.tokens.1.role cannot be "boss"; use one of rep, manager, ops, admin, api, monitor',
    WEB + "tokens: [{name: li, role: rep, secret: env:S}]}":
        "1:69: error C120: a token of role rep needs a rep; name the rep who uses it",
    WEB + "tokens: [{name: ops, role: ops, rep: li, secret: env:S}]}":
        "1:69: error C120: a token of role ops has no rep; take rep out",
    WEB + "tokens: [{name: Ops, role: ops, secret: env:S}]}":
        '1:76: error C105: "Ops" cannot be a name; begin with a-z and go on with a-z, 0-9, _ and -',
    WEB + "tokens: [{name: ops, role: ops, secret: env:S, rolle: ops}]}":
        '1:107: error C102: unknown key "rolle" in web.tokens.1; did you mean "role"?',
    WEB + "tokens: [{name: o, role: ops, secret: env:S}, {name: o, role: ops, secret: env:T}]}":
        '1:113: error C113: "o" stands here twice',
}  # fmt: skip


@pytest.mark.parametrize(("text", "line"), ONE_MISTAKE.items(), ids=ONE_MISTAKE.values())
def test_a_mistake_is_named_at_its_place(text: str, line: str) -> None:
    settings, problems = read_settings(text, "config.yaml")
    assert settings is None
    assert [str(problem) for problem in problems] == [f"config.yaml:{line}"]


def test_all_mistakes_are_told_at_once_in_order_of_place() -> None:
    text = "servce: {}\ncaps:\n  attempts: many\n  clams: 3\nfeb_29: never\n"
    _, problems = read_settings(text, "config.yaml")
    assert [(problem.line, problem.code) for problem in problems] == [
        (1, "C102"), (3, "C103"), (4, "C102"), (5, "C103"),
    ]  # fmt: skip


def test_a_duplicate_key_is_told_beside_the_other_mistakes() -> None:
    _, problems = read_settings("feb_29: skip\nfeb_29: skip\nrulez: x\n", "config.yaml")
    assert [(problem.line, problem.code) for problem in problems] == [(2, "Y111"), (3, "C102")]


def test_a_password_never_appears_in_a_message() -> None:
    text = "channels: {email: {kind: email, host: h, from_address: a@b.c, username: u, password: 81947}}"
    _, problems = read_settings(text, "config.yaml")
    assert "81947" not in str(problems[0])


def test_a_missing_file_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadConfig) as raised:
        load_settings(tmp_path / "config.yaml")
    assert str(raised.value).endswith(
        "config.yaml:1:1: error C100: cannot be read: No such file or directory; "
        "`followup init DIR` makes one; --config names another"
    )
    assert raised.value.exit_code == 78
