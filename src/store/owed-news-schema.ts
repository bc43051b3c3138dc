/** What finished runs have still to tell, as JSON; a row goes when all is told. */
export const OWED_NEWS_STEP = `
  CREATE TABLE owed_news (
    run INTEGER PRIMARY KEY REFERENCES run(seq),
    record TEXT NOT NULL
  ) STRICT;
`;
