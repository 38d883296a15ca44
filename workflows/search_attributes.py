"""The search attributes of jobs, by which lists filter."""

from temporalio.common import SearchAttributeKey

CUSTOMER = SearchAttributeKey.for_keyword("MusicCustomer")
STEP = SearchAttributeKey.for_keyword("MusicStep")
PROVIDER = SearchAttributeKey.for_keyword("MusicProvider")
FAILED_STEP = SearchAttributeKey.for_keyword("MusicFailedStep")
FAILURE_TYPE = SearchAttributeKey.for_keyword("MusicFailureType")
