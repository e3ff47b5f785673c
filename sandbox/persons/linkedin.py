"""What moderators do in the community's LinkedIn group, on the page that people see: there is no other way."""

from sandbox.channels import Channels
from sandbox.persons.wire import PersonRefusedError, Wire


class LinkedInPersons(Wire):
    """Posts made by hand; people are members' keys."""

    channels: Channels

    def linkedin_post(self, person: str, text: str) -> str:
        """Post a text in the group and return what “Copy link to post” gives.

        Raises:
            PersonRefusedError: the person is not in the group, or there is no text.
        """
        form = {"person": f"urn:li:person:{person}", "text": text}
        answer = self.client("linkedin").post(f"/groups/{self.channels.group}/", data=form)
        if not answer.is_success:
            raise PersonRefusedError(answer)
        return answer.headers["location"]
