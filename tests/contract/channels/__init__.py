"""One suite that every kind of channel must pass as it is, before its place over real HTTP.

A kind that lives elsewhere joins by the name of what serves its place, a function like those of
:mod:`tests.contract.channels.subjects`; the package that registers the kind must be installed::

    COPSYNC_CHANNEL_SUBJECTS=my_package.contract:my_place pytest tests/contract/channels
"""
