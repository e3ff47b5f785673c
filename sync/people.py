"""Who is who: members of the community and the people each tool knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors.contract import Person
from domain.draft import record_id
from domain.fields import REFERENCES, RecordType, complete
from domain.parts import whole_of
from domain.plan import Link
from domain.records import Record
from domain.values import Fields, Value
from sync.community import BoundSpace, Community, KnownMember

_Find = Callable[[str], str | None]
NOBODY: Mapping[str, frozenset[str]] = {}


@dataclass(slots=True)
class Directory:
    """Translates between a space's person ids and member records; learns people as they are met.

    `unlisted` are, per space, the persons who were missing when its people were last listed, as the store has them.
    """

    community: Community
    members: dict[str, Record]
    known_as: dict[str, dict[str, str]]
    new_members: dict[str, Record] = field(default_factory=dict)
    new_identities: dict[str, dict[str, str]] = field(default_factory=dict)
    by_email: dict[str, str] = field(default_factory=dict)
    reverse: dict[str, dict[str, str]] = field(default_factory=dict)
    met: dict[str, dict[str, None]] = field(default_factory=dict)
    listed: dict[str, frozenset[str]] = field(default_factory=dict)
    unlisted: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        community: Community,
        members: Mapping[str, Record],
        known_as: Mapping[str, Mapping[str, str]],
        unlisted: Mapping[str, frozenset[str]] = NOBODY,
    ) -> Directory:
        """Begin with what the store knows and what the admin wrote down."""
        people = {space: dict(persons) for space, persons in known_as.items()}
        directory = cls(community, dict(members), people, unlisted=unlisted)
        for member in members.values():
            directory._index(member)
        for known in community.members:
            directory._write_down(known)
        return directory

    def learn(self, space: str, people: Sequence[Person]) -> None:
        """Take note of a space's people, matched by identity, then by e-mail."""
        self.met.setdefault(space, {}).update((person.id, None) for person in people)
        self.reverse.pop(space, None)
        for person in people:
            known = self.known_as.get(space, {}).get(person.id)
            if known is None or (person.email and self._has_no_address(known)):
                self._identify(space, person.id, self._member_for(space, person))

    def meet(self, space: str, people: Sequence[Person]) -> None:
        """Take note of everybody who can be named in a space now; an empty list says nothing."""
        self.learn(space, people)
        if people:
            self.listed[space] = frozenset(person.id for person in people)

    def persons(self) -> dict[str, frozenset[str]]:
        """Return, per space, the members that can be named there: whom its last list of people did not miss."""
        away = self.away()
        return {
            space: frozenset(member for person, member in people.items() if person not in away[space])
            for space, people in self.known_as.items()
        }

    def away(self) -> dict[str, frozenset[str]]:
        """Return, per space, whom its last list of people missed although they were met there."""
        return {
            space: frozenset(people.keys() - self.listed[space])
            if space in self.listed
            else self.unlisted.get(space, frozenset())
            for space, people in self.known_as.items()
        }

    def can_name_more(self) -> bool:
        """Tell whether somebody can be named in a space only now, or again."""
        back = any(self.unlisted.get(space, frozenset()) & listed for space, listed in self.listed.items())
        return back or bool(self.new_identities)

    def identities_to_keep(self) -> dict[str, dict[str, str]]:
        """Return, per space, person -> member for those of whom the store does not know yet who or where they are."""
        changed = {space: away ^ self.unlisted.get(space, frozenset()) for space, away in self.away().items()}
        return {
            space: self.new_identities.get(space, {}) | {person: people[person] for person in changed[space]}
            for space, people in self.known_as.items()
            if changed[space] or space in self.new_identities
        }

    def kept(self) -> None:
        """Take note that the store knows now whatever was met until here."""
        self.new_members, self.new_identities, self.unlisted = {}, {}, self.away()

    def inward(self, space: str, kind: RecordType, view: Fields) -> Fields:
        """Return a view with people as member records; somebody unknown becomes a member with that one identity."""
        return self._translate(kind, view, lambda person: self._member(space, person))

    def known_now(self, records: Mapping[str, Record], links: Sequence[Link]) -> tuple[dict[str, Record], list[Link]]:
        """Return records and links with everybody under the id they have now.

        Somebody first met without an address may have turned out to be a known member since.
        """
        now = self._renamed()
        if not now:
            return dict(records), list(links)
        renamed = {key: replace(one, fields=_with_members(one.type, one.fields, now)) for key, one in records.items()}
        return renamed, [
            replace(link, base=_with_members(records[whole_of(link.record)].type, link.base, now)) for link in links
        ]

    def _renamed(self) -> dict[str, str]:
        """Return member -> member for everybody who was met without an address and is known by another id now."""
        if not any(self._has_no_address(member) for member in self.members):
            return {}
        pairs = (
            (self._anonymous_id(space, one), who)
            for space, all_of in self.known_as.items()
            for one, who in all_of.items()
        )
        return {before: now for before, now in pairs if before != now and before in self.members}

    def outward(self, space: str, kind: RecordType, fields: Fields) -> Fields:
        """Return fields with members as the space's person ids; members unknown there are left out."""
        return self._translate(kind, fields, self._people(space).get)

    def _people(self, space: str) -> Mapping[str, str]:
        """Return member record -> person of a space, who is listed there now if anybody is; made anew as they come."""
        known = self.known_as.get(space, {})
        if space not in self.reverse:
            away = self.unlisted.get(space, frozenset())
            by_record = {record: person for person, record in reversed(known.items())}
            by_record |= {record: person for person, record in reversed(known.items()) if person not in away}
            here = {known[person]: person for person in reversed(self.met.get(space, {})) if person in known}
            self.reverse[space] = by_record | here
        return self.reverse.get(space, {})

    def _translate(self, kind: RecordType, fields: Fields, find: _Find) -> Fields:
        names = [spec.name for spec in REFERENCES[kind] if spec.refers is RecordType.MEMBER and fields.get(spec.name)]
        if not names:
            return fields
        return {**fields, **{name: _mapped(fields[name], find) for name in names}}

    def _member(self, space: str, person: str) -> str:
        found = self.known_as.get(space, {}).get(person)
        if found is None:
            self.learn(space, [Person(person, "")])
            found = self.known_as[space][person]
        return found

    def _has_no_address(self, member: str) -> bool:
        """Tell whether a member was met before the tool showed an address; then the address decides anew."""
        found = self.members.get(member)
        return found is not None and not found.fields.get("emails")

    def _member_for(self, space: str, person: Person) -> str:
        email = (person.email or "").casefold()
        if email in self.by_email:
            return self._named(self.by_email[email], person.name)
        name = person.name or f"person {person.id} in {space}"
        emails = frozenset({email}) if email else frozenset()
        identity = member_id(self.community.id, email) if email else self._anonymous_id(space, person.id)
        return self._add(identity, {"name": name, "emails": emails})

    def _anonymous_id(self, space: str, person: str) -> str:
        return record_id(self.community.id, RecordType.MEMBER, space, person)

    def _named(self, identity: str, name: str) -> str:
        member = self.members[identity]
        if name and not member.fields.get("name"):
            self._add(identity, {**member.fields, "name": name})
        return identity

    def _write_down(self, known: KnownMember) -> None:
        email = known.email.casefold()
        identity = self.by_email.get(email) or member_id(self.community.id, email)
        present = self.members.get(identity)
        fields: dict[str, Value] = dict(present.fields) if present else {"emails": frozenset({email})}
        fields |= {"role": known.role} | ({"name": known.name} if known.name else {})
        if present is None or dict(present.fields) != complete(RecordType.MEMBER, fields):
            self._add(identity, fields)
        for space in self.community.spaces:
            person = known.ids.get(space.name) or known.ids.get(space.tool)
            if person is not None and self.known_as.get(space.name, {}).get(person) != identity:
                self._identify(space.name, person, identity)

    def _add(self, identity: str, fields: Mapping[str, Value]) -> str:
        whole = complete(RecordType.MEMBER, fields)
        present = self.members.get(identity)
        member = replace(present, fields=whole) if present else Record(identity, RecordType.MEMBER, whole)
        self.members[identity] = self.new_members[identity] = member
        self._index(member)
        return identity

    def _identify(self, space: str, person: str, member: str) -> None:
        self.known_as.setdefault(space, {})[person] = member
        self.reverse.pop(space, None)
        self.new_identities.setdefault(space, {})[person] = member

    def _index(self, member: Record) -> None:
        emails = member.fields.get("emails")
        for email in emails if isinstance(emails, frozenset) else ():
            self.by_email[email] = member.id


def _with_members(kind: RecordType, fields: Fields, now: Mapping[str, str]) -> Fields:
    names = [spec.name for spec in REFERENCES[kind] if spec.refers is RecordType.MEMBER and fields.get(spec.name)]
    changed = {name: _mapped(fields[name], lambda member: now.get(member, member)) for name in names}
    return {**fields, **changed} if changed else fields


def _mapped(value: Value, find: _Find) -> Value:
    if isinstance(value, frozenset):
        return frozenset(found for one in value if (found := find(one)))
    return find(value) if isinstance(value, str) else value


def member_id(community: str, email: str) -> str:
    """Return the id of the member record of an e-mail address, written in small letters."""
    return record_id(community, RecordType.MEMBER, "e-mail", email)


def spaces_with_people(spaces: Iterable[BoundSpace]) -> list[BoundSpace]:
    """Return the spaces whose records can name people."""
    return [
        space
        for space in spaces
        if any("assignees" in capabilities.fields for capabilities in space.connector.capabilities.types.values())
    ]
