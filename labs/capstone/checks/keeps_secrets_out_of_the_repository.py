from backroad.verifier import Bench, check


@check(control=True)
async def run(bench: Bench) -> None:
    """No key, token, password or private key is in a file that git keeps, and .env stays out of it.

    What was pushed once is in every clone for ever. Bots read new public commits within minutes, and use what they
    find.

    Fix: settings by environment or mounted files, .env in .gitignore, an .env.example with names only. A secret that
    was committed must be replaced, since removing the line does not take it back.
    """
    bench.driver.judge_files("files", "secrets_stay_out", "private_keys_stay_out", "env_file_stays_out_of_git")
