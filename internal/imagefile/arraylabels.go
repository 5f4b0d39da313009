package imagefile

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"vae/internal/npy"
)

// readLabels reads all labels of the images of an array.
func readLabels(path, name string, open opener, a *Array) ([]string, error) {
	f, r, h, err := open()
	if err != nil {
		return nil, openError(path, name, err)
	}
	defer f.Close()
	flat := len(h.Shape) == 1 || len(h.Shape) == 2 && h.Shape[1] == 1
	switch {
	case !flat:
		return nil, arrayError(path, name, fmt.Errorf("has the shape %s; labels are [N], one an image", h.ShapeText()))
	case h.Shape[0] != a.N:
		return nil, arrayError(path, name, fmt.Errorf("has %d labels for the %d images of %s", h.Shape[0], a.N, strings.TrimSuffix(a.path+": "+a.Name, ": ")))
	}
	var labels []string
	same := map[string]string{} // one copy of each
	b := make([]byte, h.Width)
	for range a.N {
		if err := readFull(r, b); err != nil {
			return nil, arrayError(path, name, err)
		}
		label, ok := same[string(b)]
		if !ok {
			if label, err = labelOf(h, b); err != nil {
				return nil, arrayError(path, name, err)
			}
			same[string(b)] = label
		}
		labels = append(labels, label)
	}
	return labels, arrayEnd(path, name, r)
}

// labelOf is an element as a label: a text up to its padding, a whole number in digits.
func labelOf(h npy.Header, b []byte) (string, error) {
	switch h.Kind {
	case npy.Bytes:
		return strings.TrimRight(string(b), "\x00"), nil
	case npy.Text:
		var s strings.Builder
		for i := 0; i+4 <= len(b); i += 4 {
			if r := rune(h.Number.Order.Uint32(b[i:])); r != 0 {
				s.WriteRune(r)
			}
		}
		return s.String(), nil
	case npy.Float:
		v := h.Number.Float32(b)
		if v != float32(math.Trunc(float64(v))) || math.Abs(float64(v)) > 1<<24 {
			return "", fmt.Errorf("has the label %v, which is no whole number", v)
		}
		return strconv.FormatInt(int64(v), 10), nil
	default:
		return strconv.FormatInt(h.Number.Int(b), 10), nil
	}
}
