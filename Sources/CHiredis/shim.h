// SPDX-License-Identifier: Apache-2.0
//
// Commands are given to hiredis as lists of arguments (redisAppendCommandArgv), which needs no variadic call.
#pragma once
#include <hiredis/hiredis.h>
