// Command check reads the files under deploy/ with the parsers of the tools that will run them and prints what they
// say as JSON, for tools/check-deploy.ts to compare. A file such a tool would refuse ends it with status 1.
//
//	check dockerfile FILE CONTEXT   stages, and what each copies; every source in the build context must exist
//	check compose FILE ENV          services as Compose sees them; every mounted file must exist
//	check documents                 the YAML documents of standard input
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"go.yaml.in/yaml/v4"
)

func main() {
	result, err := run(os.Args[1:])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(result)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) (any, error) {
	switch {
	case len(args) == 3 && args[0] == "dockerfile":
		return readDockerfile(args[1], args[2])
	case len(args) == 3 && args[0] == "compose":
		return readCompose(args[1], args[2])
	case len(args) == 1 && args[0] == "documents":
		return readDocuments(os.Stdin)
	}
	return nil, errors.New("usage: check dockerfile FILE CONTEXT | compose FILE ENV | documents")
}

// readDocuments decodes a stream of YAML documents, leaving empty ones out.
func readDocuments(in io.Reader) ([]any, error) {
	documents := []any{}
	for decoder := yaml.NewDecoder(in); ; {
		var document any
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return nil, err
		}
		if document != nil {
			documents = append(documents, document)
		}
	}
}
