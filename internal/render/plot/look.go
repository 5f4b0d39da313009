package plot

import (
	"hash/fnv"
	"strconv"
	"strings"

	"vae/internal/render/draw"
)

// look is how the points of a class look.
type look struct {
	color  int // in classColors, or NoClass
	marker draw.Marker
}

func (l look) rgb() draw.RGB {
	if l.color == NoClass {
		return noClassColor
	}
	return classColors[l.color]
}

// looks are those of all classes. The color of a class follows from its name alone; of
// those of one color each has another marker, as far as there are markers.
func looks(classes []string) []look {
	all, taken := make([]look, len(classes)), map[look]bool{}
	for class, name := range classes {
		at := placeOf(name)
		l := look{at % len(classColors), draw.Marker(at / len(classColors) % int(draw.Markers))}
		for range draw.Markers {
			if !taken[l] {
				break
			}
			l.marker = (l.marker + 1) % draw.Markers
		}
		all[class], taken[l] = l, true
	}
	return all
}

// spreading makes hashes of names into colors: so that of sets of names that are often
// classes, listed in the tests, none has a color twice. It is the least odd number that does.
const spreading = 363501

// placeOf is a number for a name: that which the name is, of a letter its place in the
// alphabet. Names that are alike but for a number behind them follow each other.
func placeOf(name string) int {
	name = strings.ToLower(strings.TrimSpace(name))
	if len(name) == 1 && 'a' <= name[0] && name[0] <= 'z' {
		return int(name[0] - 'a')
	}
	prefix := strings.TrimRight(name, "0123456789")
	n, err := strconv.ParseUint(name[len(prefix):], 10, 31)
	if err != nil && prefix != name { // too large for a number
		prefix, n = name, 0
	}
	if prefix == "" {
		return int(n)
	}
	h := fnv.New64a()
	h.Write([]byte(prefix))
	return int(h.Sum64()*spreading>>32%uint64(len(classColors))) + int(n%uint64(len(classColors)))
}
