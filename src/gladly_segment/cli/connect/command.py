"""`gladly-segment connect`."""

from functools import partial
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from cyclopts import Parameter

from gladly_segment.cli.connect.flow import Flow, Options
from gladly_segment.cli.connect.given import given
from gladly_segment.cli.connect.questions import Questions
from gladly_segment.cli.connect.voice import Voice, guarded, is_terminal
from gladly_segment.cli.journal import AsJson, Config, Yes
from gladly_segment.cli.serve import SettingsFile

Name: TypeAlias = Annotated[
    str | None, Parameter(help="The organization: the subdomain of its Gladly address, acme of acme.gladly.com.")
]
Flag: TypeAlias = Annotated[bool, Parameter(negative="")]


def connect_command(
    name: Name = None,
    /,
    *,
    gladly_user: Annotated[str | None, Parameter(env_var="GLADLY_USER")] = None,
    gladly_token_file: Path | None = None,
    gladly_url: str | None = None,
    segment_write_key_file: Path | None = None,
    segment_region: Literal["us", "eu"] | None = None,
    segment_host: str | None = None,
    environment: str | None = None,
    public_url: str | None = None,
    change_write_key: Flag = False,
    serve: Flag = False,
    yes: Yes = False,
    json: AsJson = False,
    config: Config = None,
    data_dir: Annotated[Path | None, Parameter(help="Directory of the journal, instead of the settings' own.")] = None,
) -> int:
    """Connect a Gladly organization to a Segment source: check both, declare it, and register the webhook.

    At a terminal it asks for what is not given. Run again, it mends what is not as it should be, and changes nothing
    when all is right. What cannot be done leaves nothing behind.

    Parameters
    ----------
    gladly_user
        E-mail address of the agent who owns the API token.
    gladly_token_file
        File that holds the token; without it, the variable GLADLY_TOKEN does.
    gladly_url
        Address of the organization, if it is not https://NAME.gladly.com.
    segment_write_key_file
        File that holds the source's write key; without it, the variable SEGMENT_WRITE_KEY does.
    segment_region
        Region of the Segment workspace.
    segment_host
        Address of a host that speaks like Segment, instead of the region's own.
    environment
        Your name for this environment, production by default: a write key is bound to it on first use.
    public_url
        Where Gladly reaches this service, https://hooks.example.com/webhooks/NAME; the path may be left out.
    change_write_key
        Let the events go to another source from now on; this is noted.
    serve
        Go on as `gladly-segment serve`.
    """
    found = partial(
        given,
        {
            "gladly_user": gladly_user,
            "gladly_url": gladly_url,
            "segment_region": segment_region,
            "segment_host": segment_host,
            "environment": environment,
        },
        {"gladly_token": gladly_token_file, "segment_write_key": segment_write_key_file},
    )
    voice = Voice(json=json)
    questions = Questions() if is_terminal() and not json else None
    options = Options(change_write_key=change_write_key, serve=serve, yes=yes, config=config, data_dir=data_dir)
    return guarded(
        voice,
        lambda: Flow(SettingsFile(config, data_dir), voice, questions, options).run(name, found(), public_url),
        stopped="Stopped. Nothing is half-done: what had been changed was taken back.",
    )
