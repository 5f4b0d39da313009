package console

import "golang.org/x/sys/windows"

// closedPipe are the errors of a write into a pipe whose reader has gone.
var closedPipe = []error{windows.ERROR_BROKEN_PIPE, windows.ERROR_NO_DATA}
