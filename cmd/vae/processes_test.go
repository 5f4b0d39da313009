package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"vae/internal/cli"
	"vae/internal/console"
	"vae/internal/kernel"
)

// vaeOn runs the program in a folder with the kernels of a path and returns what it
// prints.
func vaeOn(t *testing.T, dir, path string, args ...string) []byte {
	t.Helper()
	return runOn(t, dir, path, "vae", args...)
}

func runOn(t *testing.T, dir, path, program string, args ...string) []byte {
	t.Helper()
	c := exec.Command(program, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), kernel.PathVariable+"="+path, "GOMAXPROCS=1", "XDG_CACHE_HOME="+dir, "HOME="+dir)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, stderr.String())
	}
	return out
}

// first is the name of the command that comes before the others.
const first = ""

// vaesOn is vaeOn of many commands, by their names, in one process: to start one takes
// longer than most of them.
func vaesOn(t *testing.T, dir, path string, commands map[string][]string) map[string][]byte {
	t.Helper()
	list, err := json.Marshal(commands)
	must(t, err)
	var made map[string][]byte
	must(t, json.Unmarshal(runOn(t, dir, path, "vaes", string(list)), &made))
	if len(made) != len(commands) {
		t.Fatalf("%d outputs of %d commands", len(made), len(commands))
	}
	return made
}

// mainOfMany runs the commands that its argument holds, up to one that fails, and prints what
// they print, as JSON.
func mainOfMany() {
	var commands map[string][]string
	made := map[string][]byte{}
	err := json.Unmarshal([]byte(os.Args[1]), &commands)
	for _, name := range slices.Sorted(maps.Keys(commands)) {
		var out bytes.Buffer
		s := console.System()
		s.Out, s.OutFile, s.OutTerminal = &out, nil, false
		if code := cli.Run(context.Background(), commands[name], s); code != 0 {
			fmt.Fprintf(os.Stderr, "%s: exit code %d\n", name, code)
			os.Exit(code)
		}
		made[name] = out.Bytes()
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(made)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
