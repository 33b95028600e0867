"""What can be exported: facts and rollups, as their models declare them."""

from apps.queries.datasets.declarations import Dataset, DatasetColumn, DatasetFilter, Form
from apps.queries.datasets.registry import DATASET_OF_MODEL, DATASETS

__all__ = ["DATASETS", "DATASET_OF_MODEL", "Dataset", "DatasetColumn", "DatasetFilter", "Form"]
