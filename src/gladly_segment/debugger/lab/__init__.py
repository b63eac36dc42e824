"""The mapping lab: what other mapping options would change about real events, before they count."""

from gladly_segment.debugger.lab.handlers import LabHandlers
from gladly_segment.debugger.lab.options import MappingOptions, options_of
from gladly_segment.debugger.lab.watched import LabPreview, MappingLab, Sample, Subject

__all__ = ["LabHandlers", "LabPreview", "MappingLab", "MappingOptions", "Sample", "Subject", "options_of"]
