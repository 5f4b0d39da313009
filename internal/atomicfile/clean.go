package atomicfile

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Clean removes the temporary files that killed programs have left in dir. It must
// not be called while another program may write there. What cannot be removed stays:
// it takes space and does no other harm.
func Clean(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		digits, ok := strings.CutPrefix(e.Name(), temporaryPrefix)
		if _, err := strconv.ParseUint(digits, 10, 32); ok && err == nil && e.Type().IsRegular() {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}
