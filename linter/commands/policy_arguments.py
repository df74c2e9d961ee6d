"""The arguments of `fwlint policy`."""

from typing import Any

from linter.commands.lookup_arguments import add_format


def add_policy(commands: Any) -> None:
    """Add the command with its actions."""
    policy = commands.add_parser("policy", help="list, show and check product policies")
    actions = policy.add_subparsers(dest="action", required=True, metavar="ACTION")
    add_format(actions.add_parser("list", help="list the product policies that come with fwlint"))
    show = actions.add_parser("show", help="print a policy as a table of ports")
    show.add_argument("name", metavar="NAME", help="name or path of the policy")
    show.add_argument(
        "--format",
        choices=["text", "svg", "mermaid"],
        default="text",
        help="a table of ports, or a picture of the connections (default: text)",
    )
    show.add_argument(
        "--section",
        action="append",
        default=[],
        metavar="TITLE",
        help="show this section alone; can be repeated",
    )
    check = actions.add_parser("check", help="check that policies match their documents")
    check.add_argument("paths", nargs="+", metavar="FILE", help="path or name of a policy")
    check.add_argument(
        "--only-policies",
        action="store_true",
        help="pass over files that do not say that they are policies",
    )
    actions.add_parser("schema", help="print the JSON Schema of policy and site files")
    new = actions.add_parser("new", help="write a policy from roles and flows")
    new.add_argument("name", metavar="NAME", help="name of the policy, such as `shop`")
    new.add_argument("--title", default="", help="title of the product")
    new.add_argument(
        "--role",
        action="append",
        default=[],
        metavar="NAME[=TITLE]",
        help="a machine of the product; can be repeated",
    )
    new.add_argument(
        "--flow",
        action="append",
        default=[],
        metavar='"FROM > TO SERVICE"',
        help="such as `users > web 443/tcp`; `<>` if either side opens it; can be repeated; "
        "without --role and --flow you are asked",
    )
    _add_output_file(new)
    imported = actions.add_parser(
        "import", help="write a policy from services of firewalld or application profiles of ufw"
    )
    imported.add_argument("paths", nargs="+", metavar="FILE", help="an XML file, or a profile")
    imported.add_argument("--name", default="", help="name of the policy (default: the service's)")
    imported.add_argument("--only", default="", metavar="TITLE", help="one profile of the file")
    _add_output_file(imported)
    draft = actions.add_parser(
        "draft", help="write a policy from the port tables of a vendor's page"
    )
    draft.add_argument("path", metavar="PAGE", help="Markdown, HTML or CSV, as its name says")
    draft.add_argument("--name", default="", help="name of the policy (default: the page's title)")
    _add_output_file(draft)


def _add_output_file(command: Any) -> None:
    command.add_argument(
        "-o",
        "--output",
        default="",
        metavar="FILE",
        help="file to write, which must not exist yet (default: standard output)",
    )
