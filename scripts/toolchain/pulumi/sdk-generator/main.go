// Command sdk-generator reads a Pulumi package schema on standard input and writes the package's TypeScript SDK into
// the folder it is given, as `pulumi package gen-sdk` does where the nodejs language plugin can be had.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// noPackages stands in for the loader of packages that a schema refers to: a bridged provider's refers to none. Its nil
// interface would only be called, and panic, if one did.
type noPackages struct{ schema.ReferenceLoader }

func main() {
	if len(os.Args) != 2 {
		fatal("usage: sdk-generator OUTPUT_FOLDER < schema.json")
	}
	files, err := generate()
	if err != nil {
		fatal(err)
	}
	for name, content := range files {
		if err := write(filepath.Join(os.Args[1], name), content); err != nil {
			fatal(err)
		}
	}
}

func generate() (map[string][]byte, error) {
	var spec schema.PackageSpec
	if err := json.NewDecoder(os.Stdin).Decode(&spec); err != nil {
		return nil, fmt.Errorf("the schema is not JSON: %w", err)
	}
	pkg, diagnostics, err := schema.BindSpec(spec, noPackages{}, schema.ValidationOptions{})
	if err != nil {
		return nil, err
	}
	if diagnostics.HasErrors() {
		return nil, diagnostics
	}
	return nodejs.GeneratePackage("webhoster", pkg, nil, nil, false, noPackages{})
}

func write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}

func fatal(reason any) {
	fmt.Fprintln(os.Stderr, "sdk-generator:", reason)
	os.Exit(1)
}
