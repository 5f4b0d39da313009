package world

import (
	"encoding/binary"
	"fmt"
)

// longest is how many bytes of a complaint the others are told.
const longest = 1 << 12

// Agree has all processes fail where one complains, by the first complaint; "" is none.
func Agree(w World, complaint string) error {
	text := complaint[:min(len(complaint), longest)]
	own := make([]byte, 2+longest)
	binary.LittleEndian.PutUint16(own, uint16(len(text)))
	copy(own[2:], text)
	all, err := w.Gather(own)
	if err != nil {
		return err
	}
	for rank, given := range all {
		if n := min(int(binary.LittleEndian.Uint16(given)), longest); n > 0 {
			return fmt.Errorf("process %d: %s", rank, given[2:2+n])
		}
	}
	return nil
}
