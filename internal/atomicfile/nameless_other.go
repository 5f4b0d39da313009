//go:build !linux

package atomicfile

import (
	"errors"
	"os"
)

// nameless makes no file: there are none without a name.
func nameless(*os.Root, string) *os.File { return nil }

// name has nothing to give a name to.
func name(*os.File, *os.Root, string, string) error { return errors.ErrUnsupported }
