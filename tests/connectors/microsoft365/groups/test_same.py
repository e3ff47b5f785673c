"""What holds for a mailbox's calendar holds for a group's: the same tests, with the world of this folder.

Left out is what belongs to mailboxes alone, and what differs: a group's events are not sent again blindly.
"""

from __future__ import annotations

from tests.connectors.microsoft365 import test_looking, test_series, test_writing

DIFFERENT = {
    "test_a_change_whose_answer_is_lost_is_recognised": "it is not sent again",
    "test_a_create_whose_answer_is_lost_is_sent_again_and_makes_one_event": "nor is a create",
    "test_a_change_that_was_lost_and_then_overtaken_is_stale": "likewise",
    "test_an_event_is_created_quietly_and_with_our_mark": "the group and its maker stand in it, see test_calendar",
    "test_h24_outlook_shows_what_the_series_says_across_all_clock_changes": "three years row by row; once is enough",
    "test_whatever_the_rule_what_is_written_is_what_is_read_and_what_people_see": "likewise",
    "test_a_calendar_that_is_gone_pauses_the_space": "a group has one calendar, and no name for it",
    "test_nothing_is_gone_while_its_calendar_is_not_there": "likewise",
    "test_what_was_moved_from_a_named_calendar_to_the_default_one_is_out_of_scope": "likewise",
    "test_what_was_moved_to_another_calendar_is_out_of_scope": "likewise",
    "test_writes_go_into_a_named_calendar": "likewise",
    "test_a_mailbox_that_is_gone_is_no_delete_that_succeeded": "a group is deleted, see test_calendar",
    "test_a_mailbox_that_may_only_be_read_pauses_the_space": "a group's members lose it in other ways, see there",
    "test_nothing_is_gone_while_the_mailbox_is_closed": "likewise",
}
TESTS = {
    name: test
    for module in (test_looking, test_series, test_writing)
    for name, test in vars(module).items()
    if name.startswith("test_") and callable(test)
}
globals().update({name: test for name, test in TESTS.items() if name not in DIFFERENT})


def test_every_exception_is_the_name_of_a_test() -> None:
    assert set(DIFFERENT) < set(TESTS)
