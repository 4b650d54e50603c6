"""A form class with types, which gives each field only what the field can read.

docs/first-page.md shows a form of this class. Choices of a `SelectField` are a
dictionary of values and labels.

Settings: WTF_CSRF_METHODS. Maintained by copier-flask.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from typing import ClassVar
from typing import Protocol
from typing import TYPE_CHECKING
from typing import TypeVar

import wtforms
from flask import current_app
from flask import Flask
from flask import g
from flask import request
from markupsafe import Markup
from werkzeug.datastructures import FileStorage
from werkzeug.datastructures import MultiDict
from wtforms.meta import DefaultMeta
from wtforms.validators import StopValidation

from app.core.texts import FormTexts
from app.core.texts import text

if TYPE_CHECKING:

    class FlaskForm(wtforms.Form):
        """What Flask-WTF, which has no types, adds to a form of WTForms."""

        def is_submitted(self) -> bool: ...
        def validate_on_submit(self, extra_validators: Any = None) -> bool: ...
        def hidden_tag(self, *fields: str) -> Markup: ...

    class FileField(wtforms.FileField):
        """A field for one file; `data` is None when none was sent."""

        data: FileStorage | None

    class MultipleFileField(wtforms.MultipleFileField):
        """A field for any number of files; `data` is None when none was sent."""

        data: list[FileStorage] | None  # type: ignore[assignment]  # see Flask-WTF

    class CSRFProtect:
        """The check of tokens, for `app.extensions.csrf`."""

        def init_app(self, app: Flask) -> None: ...
        def exempt(self, view: View) -> View: ...
        def protect(self) -> None: ...

    FlaskMeta = DefaultMeta

else:
    import flask_wtf
    from flask_wtf import FlaskForm
    from flask_wtf.file import FileField
    from flask_wtf.file import MultipleFileField

    FlaskMeta = FlaskForm.Meta

    class CSRFProtect(flask_wtf.CSRFProtect):
        """Flask-WTF's, which looks at the method first: most requests are GET.

        A request that is known to be valid, by `g.csrf_valid`, is not checked again.
        """

        def protect(self, *given: Any, **options: Any) -> None:
            methods = current_app.config["WTF_CSRF_METHODS"]
            if request.method in methods and not g.get("csrf_valid"):
                super().protect(*given, **options)


__all__ = ["CSRFProtect", "FileField", "Form", "MultipleFileField", "value"]

T_co = TypeVar("T_co", covariant=True)
View = TypeVar("View")
Values = MultiDict[str, Any]


class HasData(Protocol[T_co]):
    """A field, by the type of what it has read."""

    @property
    def name(self) -> str: ...

    @property
    def data(self) -> T_co | None: ...


def value(field: HasData[T_co]) -> T_co:
    """Return what a field has read, which is never None.

    Raises `ValueError` for a field that was not sent. A field with `InputRequired` in
    a valid form was sent.
    """
    if field.data is None:
        raise ValueError(f"The field {field.name} has no value: validate the form.")
    return field.data


class RequestMeta(FlaskMeta):
    """How a form finds its input, and the words of its validators.

    The input is what the view passes, or else what the request has.
    """

    def get_translations(self, form: Any) -> FormTexts:
        return FormTexts(super().get_translations(form))

    def wrap_formdata(self, form: Any, formdata: Any) -> Any:
        # Flask-WTF's default, which means "the request", is a bare object.
        if formdata is not None and not hasattr(formdata, "getlist"):
            formdata = submitted(form)
        if isinstance(formdata, MultiDict):
            return without_misplaced_files(form, formdata)
        return formdata


class Form(FlaskForm):
    """A form of Flask-WTF that survives input of the wrong type.

    A file sent for a text field, or text for a file field, counts as not sent. So does
    a JSON value that the field cannot read: an object, null, and for a text field
    anything but text. With plain Flask-WTF such input ends in an exception of a
    validator, which is a response with status 500.
    """

    # False: a JSON body counts as an empty form.
    accepts_json: ClassVar[bool] = True

    Meta: ClassVar[type[Any]] = RequestMeta

    def validate(self, extra_validators: Any = None) -> bool:
        """Return whether the input is valid; text with a NUL character is not."""
        given = dict(extra_validators or {})
        # They run after the field's validators and before `validate_NAME` of the form.
        for field in self:
            if isinstance(field, (wtforms.StringField, wtforms.FieldList)):
                name = field.short_name
                given[name] = [refuse_nul, *given.get(name, ())]
        return bool(super().validate(given))


def refuse_nul(form: Form, field: wtforms.Field) -> None:
    """Raise StopValidation for text that PostgreSQL cannot store or compare."""
    given = field.data if isinstance(field.data, list) else [field.data]
    has_nul = any(isinstance(one, str) and "\0" in one for one in given)
    if has_nul and not field.errors:
        raise StopValidation(text("forms.nul"))


def submitted(form: Form) -> Values | None:
    """Return what the request sent, or None if its method submits no form.

    Raises `BadRequest` for a body that is not JSON although its type says so.
    """
    if not form.is_submitted():
        return None
    if request.is_json:
        sent = request.get_json() if form.accepts_json else None
        return MultiDict(json_values(form, sent) if isinstance(sent, dict) else ())

    return MultiDict(
        [*request.form.items(multi=True), *request.files.items(multi=True)]
    )


def json_values(form: Form, sent: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield names and values of a JSON object as an HTML form would send them."""
    texts = {field.name for field in form if isinstance(field, wtforms.StringField)}
    for name, content in sent.items():
        if name in texts:
            items = [content] if isinstance(content, str) else []
        else:
            items = content if isinstance(content, list) else [content]
        for item in items:
            if isinstance(item, (str, bool, int, float)):
                yield name, item if isinstance(item, str) else str(item).lower()


def without_misplaced_files(form: Form, values: Values) -> Values:
    """Return values without the files that no field of the form takes."""
    names = {field.name for field in form if isinstance(field, wtforms.FileField)}
    # Their fields are named after them, such as "pictures-0".
    groups = tuple(f"{field.name}-" for field in form if takes_parts(field))
    return MultiDict(
        (name, item)
        for name, item in values.items(multi=True)
        if not isinstance(item, FileStorage) or name in names or name.startswith(groups)
    )


def takes_parts(field: wtforms.Field) -> bool:
    """Return whether a field consists of fields that may take files."""
    if not isinstance(field, wtforms.FieldList):
        return isinstance(field, wtforms.FormField)
    kind = field.unbound_field.field_class
    return issubclass(kind, (wtforms.FileField, wtforms.FormField, wtforms.FieldList))
