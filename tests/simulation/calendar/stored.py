"""Seeds of the calendars that found something when they were new, with what it was; every change must survive them."""

from __future__ import annotations

from collections.abc import Mapping

FOUND: Mapping[int, str] = {
    0: "an edit of a date went with it when the series got another rule in the same run",
    205: "a date that was moved went back when the whole series moved in the same run",
    347: "what repeats and was listed late stood beside its dates, its comments not being counted",
    416: "a date was not shown because the entry that was to become it was over",
    967: "an entry that repeats was taken for a single event while a person had yet to choose its rule",
    1100: "what repeats gave way to its dates while a person had yet to choose between its rule and another",
    2540: "an edit of a date that a guard held went down with its series",
    3377: "what an entry said that was there already was dropped when it was matched with a date",
    4254: "the loser of a conflict about when a date takes place was kept without the end it had",
    4343: "the loser of a conflict about when a date takes place was kept without the end it had",
    1760: "a date that is no more was deleted while a person had yet to choose when it takes place",
    41398: "a start on which two people agreed was set aside, because its end was in question",
    22836: "a series whose making was not answered, and that a person changed meanwhile, was taken for a single event",
    19422: "what repeats and cannot be changed was taken for a single event while its rule was to be compared anew",
    19879: "a rule that somebody had taken away came back from an item that was listed late",
    6282: "a released surge whose edits contradict each other was held again, and what was decided about them with it",
    7352: "a series whose deletion was held was laid out anew date by date, and the deletion forgotten",
    3464: "an item made anew while its conflict waited counted as showing the old one's side",
    5062: "the simulator took what was deleted before copsync heard that it was made for known to it",
    498: "a date moved where its series is shown date by date was in conflict with a series that nobody had moved so",
}
