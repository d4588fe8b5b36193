from tests.cohorts.conftest import school as school
