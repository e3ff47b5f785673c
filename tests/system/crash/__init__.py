"""Real processes that die at the worst moment: what they leave behind is finished by the next run, once and whole.

A sync of 200 items between Asana, Basecamp and Outlook is killed at every state of the journal, and at as many random
moments as COPSYNC_CRASHES says. Nothing in copsync knows of it: the stand-ins keep requests back, and the database
itself keeps a transaction waiting.
"""
