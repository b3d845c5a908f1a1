// Writes the three users as mongoexport does: by bson.MarshalExtJSON of MongoDB's driver, which mongoexport calls for
// each document. mongoexport itself comes in no package registry.
//
//	go mod init make && go get go.mongodb.org/mongo-driver@latest && go run make-mongoexport.go
package main

import (
	"bytes"
	"encoding/json"
	"os"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
)

type user struct {
	ID     string    `json:"id"`
	Descr  *string   `json:"descr"`
	Labels []string  `json:"labels"`
	Age    *int64    `json:"age"`
	Vector []float64 `json:"vector_embedding"`
}

func main() {
	text, err := os.ReadFile("users.json")
	check(err)
	var users []user
	check(json.Unmarshal(text, &users))
	relaxed, canonical := documents(users, false), documents(users, true)
	write("mongoexport.json", append(bytes.Join(relaxed, []byte("\n")), '\n'))
	write("mongoexport-array.json", []byte("["+string(bytes.Join(relaxed, []byte(",")))+"]\n"))
	write("mongoexport-canonical.json", append(bytes.Join(canonical, []byte("\n")), '\n'))
}

func documents(users []user, canonical bool) [][]byte {
	var all [][]byte
	for i, one := range users {
		document := bson.D{
			{Key: "_id", Value: primitive.ObjectID{byte(i)}},
			{Key: "id", Value: one.ID},
			{Key: "descr", Value: one.Descr},
			{Key: "labels", Value: one.Labels},
			{Key: "age", Value: one.Age},
			{Key: "vector_embedding", Value: one.Vector},
		}
		text, err := bson.MarshalExtJSON(document, canonical, false)
		check(err)
		all = append(all, text)
	}
	return all
}

func write(name string, text []byte) {
	check(os.WriteFile(name, text, 0o644))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
