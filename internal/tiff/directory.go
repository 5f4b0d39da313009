package tiff

// The tags that are heeded.
const (
	tagNewSubfileType  = 254
	tagWidth           = 256
	tagLength          = 257
	tagBits            = 258
	tagCompression     = 259
	tagPhotometric     = 262
	tagFillOrder       = 266
	tagStripOffsets    = 273
	tagOrientation     = 274
	tagSamples         = 277
	tagRowsPerStrip    = 278
	tagStripCounts     = 279
	tagPlanar          = 284
	tagT4Options       = 292
	tagPredictor       = 317
	tagColorMap        = 320
	tagTileWidth       = 322
	tagTileLength      = 323
	tagTileOffsets     = 324
	tagTileCounts      = 325
	tagInkSet          = 332
	tagExtraSamples    = 338
	tagSampleFormat    = 339
	tagJPEGTables      = 347
	tagSubsampling     = 530
	tagReferenceLevels = 532
	tagDNGVersion      = 50706
)

// What NewSubfileType says.
const (
	subfileReduced = 1
	subfileMask    = 4
)

// directory is the description of a page: a table of entries.
type directory struct {
	*File
	n     uint64 // entries
	size  int    // bytes of an entry
	table []byte // nil where the file ends before
	next  uint64 // the offset of the next directory, 0 for none
}

func (f *File) directory(at uint64) directory {
	d := directory{File: f, size: 12}
	count, link := uint64(2), uint64(4)
	if f.big {
		d.size, count, link = 20, 8, 8
	}
	head := f.slice(at, count)
	if head == nil {
		return d
	}
	d.n = f.number(head)
	if d.n > maxEntries {
		return d
	}
	d.table = f.slice(at+count, d.n*uint64(d.size))
	if rest := f.slice(at+count+d.n*uint64(d.size), link); d.table != nil && rest != nil {
		d.next = f.number(rest)
	}
	return d
}

// slice is n bytes at an offset, nil where the file does not have them.
func (f *File) slice(at, n uint64) []byte {
	size := uint64(len(f.data))
	if at > size || n > size-at {
		return nil
	}
	return f.data[at : at+n : at+n]
}

// number is an unsigned number of 1, 2, 4 or 8 bytes.
func (f *File) number(b []byte) uint64 {
	switch len(b) {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(f.order.Uint16(b))
	case 4:
		return uint64(f.order.Uint32(b))
	default:
		return f.order.Uint64(b)
	}
}

// values are the numbers of an entry, read as they are asked for.
type values struct {
	*File
	kind uint16
	size int
	raw  []byte
}

// sizes of the types of values, in bytes: byte, text, short, long, rational, their
// signed kin, float, double, directory, and the long ones of BigTIFF.
var sizes = map[uint16]int{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}

// get is the values of a tag, none where the entry is missing or damaged.
func (d directory) get(tag uint16) (v values) {
	for i := range int(d.n) {
		e := d.table[i*d.size:][:d.size]
		if d.order.Uint16(e) != tag {
			continue
		}
		v = values{File: d.File, kind: d.order.Uint16(e[2:])}
		v.size = sizes[v.kind]
		count, place := d.number(e[4:8]), e[8:]
		if d.big {
			count, place = d.number(e[4:12]), e[12:]
		}
		if v.size == 0 || count > uint64(len(d.data)) {
			return values{}
		}
		n := count * uint64(v.size)
		if v.raw = place[:min(n, uint64(len(place)))]; n > uint64(len(place)) {
			v.raw = d.slice(d.number(place), n)
		}
		return v
	}
	return v
}

func (d directory) has(tag uint16) bool { return len(d.get(tag).raw) > 0 }

// uint is the first value of a tag, or the default.
func (d directory) uint(tag uint16, otherwise uint64) uint64 {
	if v := d.get(tag); v.len() > 0 {
		return v.uint(0)
	}
	return otherwise
}

func (v values) len() int {
	if v.size == 0 {
		return 0
	}
	return len(v.raw) / v.size
}

// uint is value i as an unsigned number: of a fraction its quotient, rounded down.
func (v values) uint(i int) uint64 {
	b := v.raw[i*v.size:][:v.size]
	if v.kind == 5 {
		return v.number(b[:4]) / max(1, v.number(b[4:]))
	}
	return v.number(b)
}

// same is the one value that all values of a tag have.
func (d directory) same(tag uint16, otherwise uint64) (value uint64, ok bool) {
	v := d.get(tag)
	if v.len() == 0 {
		return otherwise, true
	}
	for i := range v.len() {
		if v.uint(i) != v.uint(0) {
			return 0, false
		}
	}
	return v.uint(0), true
}
