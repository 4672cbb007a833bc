//! Service accounts: none of our own making.

use super::scene::{self, Shop, get};
use crate::support::Serve;

#[test]
fn without_a_file_there_are_none() {
    let shop = Shop::open(&[]);
    let mut client = shop.web1();
    for path in ["", "default/", "default/token", "default/email", "default/?recursive=true"] {
        let path = format!("instance/service-accounts/{path}");
        assert_eq!(get(&mut client, &path).status, 404, "{path}");
    }
    assert!(!get(&mut client, "?recursive=true").text().contains("serviceAccounts"));
}

#[test]
fn a_files_token_is_handed_out_as_it_is() {
    let home = scene::home();
    let document = "{\"access_token\": \"ya29.x\",  \"expires_in\": 3599, \"scope\": \"a b\", \
                    \"email\": \"Robot-1@shop.example\"}";
    let file = home.file("token.json", format!("{document}\n"));
    let flag = file.to_str().unwrap();
    let args = ["--gce", "127.0.0.1:0", "--service-account-token-file", flag];
    let serve = Serve::start(&home, &args);
    let shop = Shop { home, serve };
    let mut client = shop.web1();
    let token = get(&mut client, "instance/service-accounts/default/token");
    assert_eq!((token.status, token.text().as_str()), (200, document));
    assert_eq!(token.header("content-type"), Some("application/json"));
    assert_eq!(
        get(&mut client, "instance/service-accounts/").text(),
        "Robot-1@shop.example/\ndefault/\n"
    );
    // A literal `@`, as the protocol has it.
    for name in ["default", "Robot-1@shop.example"] {
        let at = format!("instance/service-accounts/{name}/");
        assert_eq!(get(&mut client, &at).text(), "aliases\nemail\nscopes\ntoken\n");
        assert_eq!(get(&mut client, &format!("{at}scopes")).text(), "a\nb\n");
        assert_eq!(
            get(&mut client, &format!("{at}?recursive=true")).text(),
            r#"{"aliases":["default"],"email":"Robot-1@shop.example","scopes":["a","b"]}"#
        );
    }
    let encoded = "instance/service-accounts/Robot-1%40shop.example/email";
    assert_eq!(get(&mut client, encoded).status, 404);
    assert!(!get(&mut client, "?recursive=true").text().contains("ya29"));
    let waiting = "instance/service-accounts/default/token?wait_for_change=true";
    assert_eq!(get(&mut client, waiting).status, 400);
    // gsutil asks for it without the slash.
    assert_eq!(get(&mut client, "instance/service-accounts").status, 301);
    // Renewed by whoever keeps the file.
    shop.home.file("token.json", r#"{"access_token": "new"}"#);
    let token = get(&mut client, "instance/service-accounts/default/token");
    assert_eq!(token.text(), r#"{"access_token": "new"}"#);
    assert_eq!(get(&mut client, "instance/service-accounts/default/email").status, 404);
    std::fs::remove_file(shop.home.path().join("token.json")).unwrap();
    assert_eq!(get(&mut client, "instance/service-accounts/default/token").status, 404);
}
