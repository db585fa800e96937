"""Chats, of colleagues and with customers. None is on this machine: they have no rehearsal but in files."""

from __future__ import annotations

from urllib.parse import urlsplit

from adapters.base import Channel
from adapters.channels.chat import Room
from adapters.channels.dingtalk_bot import DingtalkBot
from adapters.channels.feishu_bot import FeishuBot
from adapters.channels.wecom_app import App, WecomApp
from adapters.channels.wecom_bot import WecomBot
from adapters.channels.wecom_external import WecomExternal
from engine.ground.errors import UsageError
from engine.service.channels.site import Site
from engine.settings import chat_model, wecom_external_model


def wecom_bot(config: chat_model.WecomBot, site: Site) -> Channel:
    return WecomBot(_room(config, site), markdown=config.format == "markdown")


def dingtalk_bot(config: chat_model.DingtalkBot, site: Site) -> Channel:
    return DingtalkBot(_room(config, site, config.secret), site.now)


def feishu_bot(config: chat_model.FeishuBot, site: Site) -> Channel:
    return FeishuBot(_room(config, site, config.secret), site.now)


def wecom_app(config: chat_model.WecomApp, site: Site) -> Channel:
    url, secret = config.base_url.rstrip("/"), site.secret(config.secret)
    room = Room(url, secret, config.timeout, config.networks)
    return WecomApp(App(config.corp_id, config.agent_id), room, markdown=config.format == "markdown")


def wecom_external(config: wecom_external_model.WecomExternal, site: Site) -> Channel:
    url, secret = config.base_url.rstrip("/"), site.secret(config.secret)
    return WecomExternal(config.corp_id, Room(url, secret, timeout=config.timeout, networks=config.networks))


def _room(robot: chat_model.Robot, site: Site, secret: str = "") -> Room:
    url = site.secret(robot.webhook)
    if urlsplit(url).scheme not in ("https", "http"):
        raise UsageError(f"{robot.webhook} is not the whole address of a robot; copy it from the group's settings")
    return Room(url, site.secret(secret), robot.timeout, robot.networks)
