"""Calendars: the lunar calendar and its birthdays, the solar terms, festivals and public holidays."""
