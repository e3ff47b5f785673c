"""Says in channels what is to be said.

It is decided in `domain.announcements`, sent through `connectors.channel` and kept in `store.messages`. `place` is a
channel bound to its kind, `scene` what a community knows and may say, `tending` one look after one channel, `announce`
all channels of a community, `look` the same without sending.
"""
