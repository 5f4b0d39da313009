//go:build !windows

package console

import "syscall"

// closedPipe are the errors of a write into a pipe whose reader has gone.
var closedPipe = []error{syscall.EPIPE}
