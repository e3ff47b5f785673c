"""Seeds that found something when they were new, with what it was; every change must survive them."""

from __future__ import annotations

from collections.abc import Mapping

FOUND: Mapping[int, str] = {
    1: "a run asked about an item that copsync had deleted itself",
    87: "an edit that a guard held went down with a deletion elsewhere",
    98: "a child was never made where its parent had left the scope",
    174: "a child waited for ever where its parent was kept out by the policy for deletions",
    205: "people met later were not named in what had been made before",
    249: "under `ask` a value that everybody had given up stayed a third opinion, so nothing could be decided",
    308: "a person with a new account was named by the old one",
    357: "a create whose answer was lost was sent again by the next turn of the same run",
    551: "two creates of one title were both found in one item, and the store refused that for ever",
    647: "somebody met before their address was dropped from a task when the address came",
    912: "a parent that became known late was never taken in, and written over",
    945: "an item restored in two tools at once became two",
    996: "a run that stood still for minutes woke up and made an item a second time",
    1363: "a child of what had left the scope received no edits",
    10016: "a tool whose texts only flow in overruled, without a word, what it could not show",
    16368: "the simulator took a text that the tool had rewritten, in an item found again, for somebody's edit",
    17242: "a write to a child whose parent nobody knew yet declared that parent taken in",
    17259: "the simulator missed what a restored deadline shows that was made anew before",
    42012: "people met by a run that was killed before it took its plan in were not named in what had been made before",
    41690: "the deletion of a child whose parent had left the scope was never delivered",
    42591: "what had been set aside stayed so although an edit had made its step needless",
    56674: "what only flows in counted as agreed in an item that had been found again, and was never taken in",
    1784: "what one space could not note, because the disk was full, another space's outcome declared done",
    12065: "an edit that no page listed was written over in an item that had been found again",
    13958: "a kind that somebody replaced elsewhere, where an earlier edit had brought the same one, counted as lost",
    14146: "a decision that met a newer edit was taken for a value that nobody wrote",
    40572: "a title that people made longer than its tool is said to hold received the tail of another",
    105109: "copsync's own write, unconfirmed, overruled whoever took the value back since",
    107241: "an edit that could not be read overruled whoever took a value back after it",
    107679: "an item in which somebody was named who has no account in a tool any more was never made there",
    107832: "an item in which somebody was named who has no account in a tool any more was never made there",
    18669: "a decision that met a newer edit was taken for a value that nobody wrote",
    113055: "what a space showed while a conflict was open was remembered as it would be cut anew, not as it was shown",
    124325: "while a create could not be looked up, what it had made was taken for a new item of its tool",
    129608: "what a guard held was not seen again once approved, where only a complete read had brought it",
    131241: "the simulator missed that what an unclear write brings to a set can be taken out again unnoticed",
}
