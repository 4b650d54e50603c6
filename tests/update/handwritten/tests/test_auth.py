def test_registering_and_logging_in(client):
    person = {
        "name": "Grace",
        "email": "grace@example.com",
        "password": "another password",
        "again": "another password",
    }
    assert client.post("/auth/join", data=person).location == "/auth/sign-in"
    assert client.post("/auth/sign-in", data=person).location == "/"
    assert "Lend a tool" in client.get("/").text


def test_a_wrong_password(client, ada):
    wrong = {"email": "ada@example.com", "password": "wrong"}
    assert "That was not right." in client.post("/auth/sign-in", data=wrong).text
