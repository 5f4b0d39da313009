//go:build !unix

package main

import "errors"

func (b *bench) processes() error { return errors.New("whole processes are measured on Unix only") }

func (b *bench) maps(mapOptions) error { return errors.New("maps are measured on Unix only") }
