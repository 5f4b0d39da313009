package infer

import "vae/internal/model"

// BatchRows is how many images go through a graph at once at most.
const BatchRows = 128

// batchBytes is about what a graph of several rows may take: of large images fewer are as
// fast, and a batch of them would need memory that nothing else does.
const batchBytes = 256 << 20

// Rows is how many images go through the graphs of a model at once: BatchRows, or of large
// images and networks fewer, by the model alone. The model need not have memory of its own.
func Rows(m *model.Model) int {
	rows := BatchRows
	for rows > 1 && !affordable(m, rows) {
		rows /= 2
	}
	return rows
}

// affordable tells whether graphs of so many rows are small enough; one that cannot be made is for
// others to refuse.
func affordable(m *model.Model, rows int) bool {
	for _, size := range []func(rows int) (int, error){m.EncoderSize, m.DecoderSize} {
		if bytes, err := size(rows); err == nil && bytes > batchBytes {
			return false
		}
	}
	return true
}
