"""The arguments of `fwlint init`."""

from typing import Any

from linter.engine.budget import SECONDS


def add_init(commands: Any) -> None:
    """Add the command."""
    init = commands.add_parser(
        "init",
        help="write a site file to begin with, from exports",
        usage="fwlint init EXPORT... [options]",
        description="Writes a commented site file with what exports tell: devices, networks, "
        "machines, and today's openings as entries of `allow:` to be reviewed. Files of one "
        "device have the same name up to the ending, or a folder of their own.",
    )
    init.add_argument(
        "exports", nargs="+", metavar="EXPORT", help="exports, or folders of them, of any devices"
    )
    init.add_argument(
        "-o",
        "--output",
        default="site.yaml",
        metavar="FILE",
        help="file to write (default: site.yaml); `-` is standard output",
    )
    init.add_argument("--force", action="store_true", help="replace a file that is there")
    init.add_argument("--no-input", action="store_true", help="ask nothing, also on a terminal")
    for name, metavar, text in (
        ("--policy", "NAME", "a policy of a product here, by name or path"),
        (
            "--interface",
            "[DEVICE:]NAME=NETWORK",
            "what is behind an interface: internet, addresses separated by commas, or both",
        ),
        ("--role", "[MACHINE=]POLICY.ROLE", "a role that a machine has in a product"),
        ("--include-dir", "DIR", "a folder from which exports may also include files"),
        (
            "--allow-outside",
            "DIR",
            "a folder outside the file's own tree that it may name files in",
        ),
    ):
        init.add_argument(
            name, action="append", default=[], metavar=metavar, help=f"{text}; repeatable"
        )
    init.add_argument(
        "--work-limit",
        type=float,
        default=SECONDS,
        metavar="SECONDS",
        help=f"processor time for rules that are hard to follow (default: {SECONDS:g})",
    )
