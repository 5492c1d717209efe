"""The agent's todo list, rebuilt from the tool calls that change it."""

from typing import Any

_STATUSES = ("pending", "in_progress", "completed")
_SUBJECT_LIMIT = 1_000

Item = dict[str, str]


class TodoList:
    """Follows TaskCreate and TaskUpdate, which change one item, and TodoWrite, which gives the whole list."""

    def __init__(self) -> None:
        self._items: dict[str, Item] = {}

    @property
    def items(self) -> list[Item]:
        return [dict(item) for item in self._items.values()]

    def tool_result(self, tool: str, tool_input: Any, answer: Any) -> bool:
        """Takes in a successful call and tells whether the list changed. `answer` is the tool's `tool_use_result`."""
        before = self.items
        given = tool_input if isinstance(tool_input, dict) else {}
        match tool, answer:
            case "TaskCreate", {"task": {"id": task_id}}:
                self._put(str(task_id), answer["task"].get("subject") or given.get("subject"), "pending")
            case "TaskUpdate", {"success": True}:
                self._update(str(answer.get("taskId") or given.get("taskId")), given, answer)
            case "TodoWrite", _:
                self._replace(given.get("todos"))
        return self.items != before

    def _put(self, item_id: str, subject: Any, status: Any) -> None:
        self._items[item_id] = {
            "id": item_id,
            "subject": str(subject or "")[:_SUBJECT_LIMIT],
            "status": status if status in _STATUSES else "pending",
        }

    def _update(self, item_id: str, given: dict[str, Any], update: dict[str, Any]) -> None:
        change = update.get("statusChange")
        status = change.get("to") if isinstance(change, dict) else given.get("status")
        if status == "deleted":
            self._items.pop(item_id, None)
            return
        known = self._items.get(item_id, {})
        self._put(item_id, given.get("subject") or known.get("subject"), status or known.get("status"))

    def _replace(self, todos: Any) -> None:
        if not isinstance(todos, list):
            return
        self._items.clear()
        for number, todo in enumerate(todos, start=1):
            if isinstance(todo, dict):
                self._put(str(todo.get("id") or number), todo.get("content"), todo.get("status"))
