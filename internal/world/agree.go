package world

import (
	"bytes"
	"fmt"
)

// longest is how many bytes of a complaint the others are told.
const longest = 1 << 10

// Agree has all processes fail where one complains, by the first complaint; "" is none.
func Agree(w World, complaint string) error {
	own := make([]byte, longest)
	copy(own, complaint)
	all, err := w.Gather(own)
	if err != nil {
		return err
	}
	for rank, text := range all {
		if text[0] != 0 {
			return fmt.Errorf("process %d: %s", rank, bytes.TrimRight(text, "\x00"))
		}
	}
	return nil
}
