#include "events_fixture.h"
