"""The form that takes files in."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminRadioSelectWidget, UnfoldAdminSelectWidget

from apps.imports.errors import MappingError
from apps.imports.mapping.reader import read_mapping
from apps.imports.mapping.shipped import shipped_mappings, shipped_text
from apps.imports.models import ImportMode

OWN_MAPPING = "own"
MOST_FILES = 20
MOST_MAPPING_BYTES = 200_000


class SeveralFilesInput(forms.FileInput):
    """An input for one file or several."""

    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """One file or several; its value is a list of uploads."""

    widget = SeveralFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """Check each file.

        Raises:
            ValidationError: no file, an empty one, or more than twenty.

        """
        given = (data if isinstance(data, (list, tuple)) else [data]) or [None]
        if len(given) > MOST_FILES:
            raise ValidationError(_("At most %(count)d files make one import.") % {"count": MOST_FILES})
        return [super(SeveralFilesField, self).clean(upload, initial) for upload in given]


class UploadForm(forms.Form):
    """Which files, read how. After validation `mapping_name` and `mapping_text` say what was chosen."""

    mapping = forms.ChoiceField(
        label=_("Where the files come from"),
        widget=UnfoldAdminSelectWidget,
        help_text=_("It says which column becomes what."),
    )
    mapping_file = forms.FileField(
        label=_("Mapping file"),
        required=False,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".yaml,.yml"}),
        help_text=_("YAML. Start from one of those that come with Bellwether: they can be downloaded below."),
    )
    uploads = SeveralFilesField(
        label=_("Files"),
        widget=SeveralFilesInput(attrs={"accept": ".csv,.gz,.xlsx,.txt,.tsv", "class": "bw-drop"}),
        help_text=_("CSV, CSV.gz or XLSX. Files that belong together go in together."),
    )
    mode = forms.ChoiceField(
        label=_("When rows are invalid"),
        choices=ImportMode.choices,
        initial=ImportMode.ALL_OR_NOTHING,
        widget=UnfoldAdminRadioSelectWidget,
        help_text=_("You can still decide after the preview."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        shipped = [(name, mapping.title) for name, mapping in shipped_mappings().items()]
        own = (OWN_MAPPING, _("Elsewhere: I upload a mapping file"))
        field = self.fields["mapping"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [*sorted(shipped, key=lambda choice: (choice[0] != "bellwether", choice[1])), own]
        self.mapping_name = ""
        self.mapping_text = ""

    def clean(self) -> dict[str, Any]:
        """Read the mapping, so that what is wrong with it is said before a file is stored."""
        cleaned = super().clean() or self.cleaned_data
        chosen = cleaned.get("mapping")
        if chosen == OWN_MAPPING:
            self._read_own(cleaned.get("mapping_file"))
        elif chosen:
            self.mapping_name, self.mapping_text = chosen, shipped_text(chosen)
        return cleaned

    def _read_own(self, upload: UploadedFile | None) -> None:
        if upload is None:
            if "mapping_file" not in self.errors:
                self.add_error("mapping_file", _("Choose the mapping file."))
            return
        if (upload.size or 0) > MOST_MAPPING_BYTES:
            self.add_error("mapping_file", _("A mapping is a small text file; this one is larger than 200 kB."))
            return
        name = (upload.name or "mapping")[-100:]
        try:
            text = upload.read().decode("utf-8-sig")
            read_mapping(text, name=name)
        except UnicodeDecodeError:
            self.add_error("mapping_file", _("This is not a text file in UTF-8."))
        except MappingError as error:
            self.add_error("mapping_file", str(error))
        else:
            self.mapping_name, self.mapping_text = name, text
