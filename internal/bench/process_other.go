//go:build !unix

package main

import "errors"

func (b *bench) processes() error { return errors.New("whole processes are measured on Unix only") }

func (b *bench) convolutions(convOptions) error {
	return errors.New("networks are compared on Unix only")
}

func work() error { return errors.New("there are no workers but on Unix") }

func (b *bench) maps(mapOptions) error { return errors.New("maps are measured on Unix only") }

func processorTime() (float64, error) { return 0, errors.New("no processor time here") }
