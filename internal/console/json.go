package console

import (
	"encoding/json"
	"io"
	"strings"
	"unicode/utf16"
)

// NewJSON returns an encoder of what a terminal can be given: what [OneLine] takes away
// is escaped, which leaves the values as they are.
func NewJSON(w io.Writer) *json.Encoder { return json.NewEncoder(escaping{w}) }

// escaping writes whole JSON values, in which such characters can stand in texts alone.
type escaping struct{ io.Writer }

func (e escaping) Write(p []byte) (int, error) {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for _, r := range string(p) {
		if r == '\n' || shown(r) == r { // a line feed is between values
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			b.WriteString(`\u`)
			for shift := 12; shift >= 0; shift -= 4 {
				b.WriteByte(digits[unit>>shift&15])
			}
		}
	}
	if _, err := io.WriteString(e.Writer, b.String()); err != nil {
		return 0, err
	}
	return len(p), nil
}
