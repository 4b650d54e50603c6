"""The second half: a branch is pushed, and one pull or merge request opened for it.

Where the token may not do that it opens an issue, and else says so in the log. Commits
of people on the branch stay, and what people have closed stays closed.

Maintained by copier-flask.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from updates.bot import host
from updates.bot.api import ForbiddenError
from updates.bot.api import Item
from updates.bot.host import BRANCH
from updates.bot.host import Host
from updates.bot.prepare import EMAIL
from updates.bot.prepare import REF
from updates.bot.proposal import BUNDLE
from updates.bot.proposal import Proposal
from updates.git import git
from updates.processes import Done
from updates.processes import environment
from updates.processes import run

MARK = re.compile(r"<!-- template-update release=(\S+) digest=(\S+) -->")
SEEN = "refs/template-update/seen"
HEADS = f"refs/heads/{BRANCH}"


def send(proposal: Proposal, project: Path, service: Host, folder: Path) -> None:
    """Bring the branch and the request of the service up to date.

    Raises `ApiError` if the service does not answer, or not as it should.
    """
    requests, issues = found(service, host.REQUESTS), found(service, host.ISSUES)
    seen = remote_head(project, service)
    own = not seen or replaceable(requests, seen) or only_ours(project, service)
    if not proposal.head:
        retire(proposal, project, service, [requests, issues], seen if own else "")
    elif closed := declined(proposal, requests) or declined(proposal, issues):
        service.say(f"Release {proposal.release} was closed, which stays: {closed.url}")
    elif not own:
        leave(proposal, service, requests, issues)
    else:
        sent, reason = push(proposal, project, service, folder, seen)
        publish(proposal, service, requests, issues, sent, reason)


def found(service: Host, kind: str) -> list[Item]:
    """Return the requests of the branch, or the bot's issues; nothing if forbidden."""
    try:
        items = service.find(kind)
    except ForbiddenError:
        return []
    return [item for item in items if kind == host.REQUESTS or MARK.search(item.body)]


def replaceable(requests: Sequence[Item], seen: str) -> bool:
    """Return whether the branch is that of a request which is closed or merged.

    The service keeps the commits of a request, so those of people are not lost.
    """
    still_open = any(item.is_open for item in requests)
    return not still_open and any(item.head == seen for item in requests)


def marked(item: Item) -> tuple[str, str]:
    """Return the release and the digest of what is proposed."""
    match = MARK.search(item.body)
    return (match[1], match[2]) if match else ("", "")


def declined(proposal: Proposal, items: Sequence[Item]) -> Item | None:
    """Return the newest item, if a person closed it for this very release."""
    if any(item.is_open for item in items) or not items:
        return None
    return items[0] if marked(items[0])[0] == proposal.release else None


def remote_head(project: Path, service: Host) -> str:
    """Return the commit of the branch of the service, "" if there is none."""
    done = remote(project, service, "ls-remote", service.push_url, HEADS)
    return done.output.split("\t")[0].strip() if not done.status else ""


def only_ours(project: Path, service: Host) -> bool:
    """Return whether the bot made all commits of the branch that the base lacks."""
    done = remote(project, service, "fetch", "--quiet", "--no-tags",
                  service.push_url, f"+{HEADS}:{SEEN}")  # fmt: skip
    if done.status:
        return False
    try:
        log = git(project, "log", "--format=%ae %ce", SEEN, "--not", "HEAD")
    finally:
        git(project, "update-ref", "-d", SEEN)
    return set(log.splitlines()) <= {f"{EMAIL} {EMAIL}"}


def push(
    proposal: Proposal, project: Path, service: Host, folder: Path, seen: str
) -> tuple[str, str]:
    """Return the commit that is on the branch now, or "" and why not."""
    git(project, "fetch", "--quiet", "--no-tags", str(folder / BUNDLE), REF)
    reason = ""
    for commit in filter(None, (proposal.whole, proposal.head)):
        if commit == seen:
            return commit, ""
        lease = f"--force-with-lease={HEADS}:{seen}"
        target = f"{commit}:{HEADS}"
        done = remote(
            project, service, "push", "--quiet", lease, service.push_url, target
        )
        if not done.status:
            return commit, ""
        reason = refusal(done)
    return "", reason


def remote(project: Path, service: Host, *arguments: str) -> Done:
    """Return how a command of Git that needs the token ended."""
    variables = {"GIT_TERMINAL_PROMPT": "0"}
    first = int(environment({})["GIT_CONFIG_COUNT"])
    for number, (name, value) in enumerate(service.git_settings.items(), first):
        variables[f"GIT_CONFIG_KEY_{number}"] = name
        variables[f"GIT_CONFIG_VALUE_{number}"] = value
    variables["GIT_CONFIG_COUNT"] = str(first + len(service.git_settings))
    return run(project, "git", *arguments, variables=variables)


def refusal(done: Done) -> str:
    """Return the line in which the service says why it refuses a push."""
    lines = [line.strip() for line in done.errors.splitlines() if line.strip()]
    telling = [line for line in lines if "rejected" in line or "refus" in line]
    return " ".join((telling or lines or ["no message"])[0].split())[:200]


def publish(
    proposal: Proposal,
    service: Host,
    requests: list[Item],
    issues: list[Item],
    sent: str,
    reason: str,
) -> None:
    """Open or refresh the request of a branch, or an issue where that is refused."""
    left_out = sent == proposal.head
    text = proposal.body_of_head if left_out else proposal.body
    mark = f"{mark_of(proposal, '-' if left_out else '+')}\n"
    if sent:
        try:
            write(service, host.REQUESTS, requests, proposal.title, mark + text)
        except ForbiddenError as error:
            reason = f"This job may not open a {host.REQUEST}: {error}"
        else:
            close(service, host.ISSUES, issues, f"A {host.REQUEST} has it now.")
            return
    elif reason:
        reason = f"This job may not push a branch: {reason}"

    link = f"Open the {host.REQUEST} yourself: {service.compare_url}" if sent else ""
    whole = f"{mark}{markdown_line(reason)}\n\n{link}\n\n{text}"
    try:
        write(service, host.ISSUES, issues, proposal.title, whole)
    except ForbiddenError as error:
        service.say(f"It may not open an issue either: {error}\n\n{whole}")


def markdown_line(text: str) -> str:
    """Return a service's words as code, on a line."""
    return f"`{text.replace('`', chr(39))}`"


def write(service: Host, kind: str, items: list[Item], title: str, body: str) -> None:
    """Refresh the open item if it says something else, or open one.

    Raises `ForbiddenError` if the token may not do that, and `ApiError`.
    """
    for item in items:
        if item.is_open:
            if not MARK.search(item.body):
                service.say(f"A person has opened it, its text stays: {item.url}")
            elif marked(item) == marked_in(body):
                service.say(f"Nothing new: {item.url}")
            else:
                service.edit(kind, item.number, title=title, body=body)
                service.say(f"Refreshed: {item.url}")
            return
    service.say(f"Opened: {service.create(kind, title, body).url}")


def marked_in(body: str) -> tuple[str, str]:
    return marked(Item(0, "", is_open=True, title="", body=body))


def close(service: Host, kind: str, items: list[Item], sentence: str) -> None:
    """Close what the bot has opened, with a sentence above its text."""
    for item in items:
        if item.is_open and MARK.search(item.body):
            service.close(kind, item.number, f"{sentence}\n\n{item.body}")
            service.say(f"Closed: {item.url}")


def leave(
    proposal: Proposal, service: Host, requests: list[Item], issues: list[Item]
) -> None:
    """Say that the branch has commits of people, once for each release."""
    sentence = (
        f"The branch `{BRANCH}` has commits that this bot did not make, so it stays as "
        "it is. Merge it, or delete it: the next run proposes the newest release."
    )
    service.say(sentence)
    mark = f"<!-- template-update noticed={proposal.release} -->"
    still_open = [item for item in requests if item.is_open]
    for item in still_open:
        if marked(item)[0] not in ("", proposal.release) and mark not in item.body:
            notice = f"{mark}\n**Release `{proposal.release}` is out.** {sentence}\n\n"
            service.edit(host.REQUESTS, item.number, body=notice + item.body)
    if not still_open:
        text = f"{mark_of(proposal, '=')}\n{sentence}"
        try:
            write(service, host.ISSUES, issues, proposal.title, text)
        except ForbiddenError as error:
            service.say(f"It may not open an issue: {error}")


def mark_of(proposal: Proposal, kind: str) -> str:
    """Return the comment by which the bot knows what it has written."""
    digest = f"{proposal.digest}{kind}"
    return f"<!-- template-update release={proposal.release} digest={digest} -->"


def retire(
    proposal: Proposal,
    project: Path,
    service: Host,
    items: list[list[Item]],
    seen: str,
) -> None:
    """Close what is open in a project that has the newest release by now."""
    service.say(f"The project has the newest release, {proposal.release}.")
    sentence = f"The project has release `{proposal.release}` by now."
    requests, issues = items
    close(service, host.ISSUES, issues, sentence)
    if not any(item.is_open and MARK.search(item.body) for item in requests):
        return
    if not seen:
        service.say(f"The branch {BRANCH} has commits of people: it stays open.")
        return
    close(service, host.REQUESTS, requests, sentence)
    lease = f"--force-with-lease={HEADS}:{seen}"
    remote(project, service, "push", "--quiet", lease, service.push_url, f":{HEADS}")
