"""SMS-Center (smsc.ru): sends SMS, tells of their fate, passes on replies."""
