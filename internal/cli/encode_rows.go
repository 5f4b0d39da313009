package cli

import (
	"context"
	"io"

	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/render"
)

type csvRows struct {
	w     io.Writer
	table *render.CSV
	cells func(dataset.Item) []string
}

func (r *csvRows) row(item dataset.Item, values []float32) error {
	return r.table.Row(r.cells(item), values)
}

func (r *csvRows) flush() error {
	if err := r.table.Flush(); err != nil {
		return err
	}
	return console.Flush(r.w)
}

func (r *csvRows) close(context.Context) error { return r.table.Flush() }
func (r *csvRows) abort()                      {}

type npyRows struct{ spool *render.NPYSpool }

func (r npyRows) row(_ dataset.Item, values []float32) error { return r.spool.Write(values) }
func (r npyRows) flush() error                               { return nil }
func (r npyRows) close(context.Context) error                { return r.spool.Close() }
func (r npyRows) abort()                                     { _ = r.spool.Abort() }

type parquetRows struct {
	table *render.Parquet
	texts func(dataset.Item) []string
}

func (r parquetRows) row(item dataset.Item, values []float32) error {
	return r.table.Row(r.texts(item), values)
}
func (r parquetRows) flush() error                { return nil }
func (r parquetRows) close(context.Context) error { return r.table.Close() }
func (r parquetRows) abort()                      {}
