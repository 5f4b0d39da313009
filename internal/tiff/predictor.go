package tiff

// unpredict undoes in place what the predictor did to a row: differences to the
// pixel before (TIFF 6.0, section 14), or those between the bytes of floating-point
// numbers, whose bytes stand apart (Adobe, TIFF Technical Note 3). Numbers have the
// file's byte order; after predictor 3 they get it.
func (l *layout) unpredict(row, spare []byte) {
	n := l.perPixel
	switch {
	case l.predictor == 2 && l.bits == 8:
		for i := n; i < len(row); i++ {
			row[i] += row[i-n]
		}
	case l.predictor == 2 && l.bits == 16:
		for i := 2 * n; i+2 <= len(row); i += 2 {
			l.order.PutUint16(row[i:], l.order.Uint16(row[i:])+l.order.Uint16(row[i-2*n:]))
		}
	case l.predictor == 2 && l.bits == 32:
		for i := 4 * n; i+4 <= len(row); i += 4 {
			l.order.PutUint32(row[i:], l.order.Uint32(row[i:])+l.order.Uint32(row[i-4*n:]))
		}
	case l.predictor == 2:
		for i := 8 * n; i+8 <= len(row); i += 8 {
			l.order.PutUint64(row[i:], l.order.Uint64(row[i:])+l.order.Uint64(row[i-8*n:]))
		}
	case l.predictor == 3:
		l.unpredictFloats(row, spare)
	}
}

// unpredictFloats gathers the bytes of each number, the highest of all first.
func (l *layout) unpredictFloats(row, spare []byte) {
	for i := l.perPixel; i < len(row); i++ {
		row[i] += row[i-l.perPixel]
	}
	size := l.bits / 8
	count := len(row) / size
	copy(spare, row)
	for i := range count {
		for b := range size {
			to := b
			if l.order.Uint16([]byte{1, 0}) == 1 { // little-endian
				to = size - 1 - b
			}
			row[i*size+to] = spare[b*count+i]
		}
	}
}
