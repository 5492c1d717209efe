from typing import Any

from errand_wrapper.todo import TodoList


def created(todo: TodoList, number: str, subject: str) -> bool:
    return todo.tool_result("TaskCreate", {"subject": subject}, {"task": {"id": number, "subject": subject}})


def updated(todo: TodoList, number: str, before: str, after: str) -> bool:
    change = {"success": True, "taskId": number, "statusChange": {"from": before, "to": after}}
    return todo.tool_result("TaskUpdate", {"taskId": number, "status": after}, change)


def item(number: str, subject: str, status: str) -> dict[str, str]:
    return {"id": number, "subject": subject, "status": status}


def test_items_are_created_updated_renamed_and_deleted() -> None:
    todo = TodoList()
    assert created(todo, "1", "Boil")
    assert created(todo, "2", "Brew")
    assert updated(todo, "1", "pending", "in_progress")
    assert todo.items == [item("1", "Boil", "in_progress"), item("2", "Brew", "pending")]
    assert todo.tool_result("TaskUpdate", {"taskId": "2", "subject": "Pour"}, {"success": True, "taskId": "2"})
    assert updated(todo, "1", "in_progress", "deleted")
    assert todo.items == [item("2", "Pour", "pending")]


def test_what_changes_nothing_is_no_change() -> None:
    todo = TodoList()
    created(todo, "1", "Boil")
    assert not created(todo, "1", "Boil")
    assert not updated(todo, "1", "pending", "pending")
    assert not todo.tool_result("TaskUpdate", {"taskId": "1", "status": "completed"}, {"success": False})
    assert not todo.tool_result("TaskUpdate", {"taskId": "1"}, "Error: no such task")
    assert not todo.tool_result("Bash", {"command": "ls"}, {"stdout": ""})


def test_todo_write_gives_the_whole_list() -> None:
    todo = TodoList()
    todos: list[Any] = [{"content": "Boil", "status": "completed"}, {"content": "Brew", "status": "dreaming"}, "junk"]
    assert todo.tool_result("TodoWrite", {"todos": todos}, {"newTodos": []})
    assert todo.items == [item("1", "Boil", "completed"), item("2", "Brew", "pending")]
    assert todo.tool_result("TodoWrite", {"todos": []}, None)
    assert todo.items == []
