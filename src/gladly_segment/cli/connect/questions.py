"""What a person at a terminal is asked, each question with a sentence of explanation."""

from getpass import getpass

from rich.console import Console
from rich.text import Text

from gladly_segment.connect.marked_event import EVENT, is_same_code
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.secret import Secret
from gladly_segment.service.connecting.given import Given

_NOT_SEEN = "no"


class Questions:
    """Asks. Every method raises EOFError or KeyboardInterrupt when the person has enough."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, markup=False, soft_wrap=True)

    def name(self) -> str:
        """Ask which organization."""
        self._explain("The organization is the subdomain of your Gladly address: acme of https://acme.gladly.com.")
        return self._text("Organization").lower()

    def gladly(self, given: Given) -> Given:
        """Ask who reads from Gladly."""
        self._explain(
            "In Gladly, make an API token (Settings, API Tokens) as an agent with the API User permission: the service "
            "reads conversations, customers, agents and topics with it, and registers its webhook. The user is that "
            "agent's e-mail address."
        )
        user = self._text("Gladly user")
        return given.but(gladly_user=user, gladly_token=self._secret("Gladly API token"))

    def write_key(self, given: Given) -> Given:
        """Ask for the write key."""
        self._explain(
            "In Segment, add a source of type HTTP API (Connections, Sources), and copy its write key (Settings, "
            "API Keys)."
        )
        return given.but(segment_write_key=self._secret("Segment write key"))

    def region(self, given: Given) -> Given:
        """Ask for the region."""
        self._explain(
            "Segment keeps a workspace in the US or in the EU (Settings, Workspace Settings, Data Regions). A key of "
            "the other region is answered 200, and its events are lost."
        )
        return given.but(segment_region=self._one_of("Region of the workspace", ("us", "eu")))

    def source(self, given: Given) -> Given:
        """Ask for write key and region."""
        given = self.write_key(given)
        return given if "segment_host" in given.all() else self.region(given)

    def has_seen(self, code: str) -> bool | None:
        """Ask for the code in the Debugger: None when that is left out, False when the event did not come."""
        self._explain(
            f"Segment answers 200 to a wrong key too. Open your source's Debugger tab: an event “{EVENT}” stands "
            "there, and its properties hold a code. Type it as proof; Enter leaves that out, no if the event does "
            "not come."
        )
        while True:
            typed = self._line("Code")
            if not typed:
                return None
            if typed.lower() == _NOT_SEEN:
                return False
            if is_same_code(typed, code):
                return True
            self._console.print("That is another code; the latest such event has the right one.", style="yellow")

    def address(self, organization: OrganizationId) -> str:
        """Ask where Gladly reaches the service."""
        self._explain(
            "Gladly delivers webhooks to an https address. Give that of your proxy, which passes on /webhooks/ to this "
            f"service: https://hooks.example.com/webhooks/{organization}; the path may be left out."
        )
        return self._text("Public url")

    def take_over(self, whose: str) -> bool:
        """Ask whether another webhook is to be taken over."""
        self._explain(f"At this address there is {whose}, which was not made by this software.")
        return self._one_of("Take it over, with new credentials", ("yes", "no")) == "yes"

    def _explain(self, why: str) -> None:
        self._console.print()
        self._console.print(why, style="dim")

    def _line(self, label: str) -> str:
        return self._console.input(Text(f"{label}: ", "bold")).strip()

    def _text(self, label: str) -> str:
        while not (answer := self._line(label)):
            pass
        return answer

    def _secret(self, label: str) -> Secret:
        # It asks only once the terminal shows nothing more of what is typed.
        while not (answer := getpass(f"{label} (not shown while you type): ").strip()):
            pass
        return Secret(answer)

    def _one_of(self, label: str, choices: tuple[str, ...]) -> str:
        while (answer := self._line(f"{label} [{'/'.join(choices)}]").lower()) not in choices:
            pass
        return answer
