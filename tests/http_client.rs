//! The HTTP client against servers that send by hand, byte for byte.
//!
//! A client library that is used blindly goes wrong in ways that a simulator must not have. Each of these kinds of
//! behaviour was seen to go wrong in a client backend for surf, or must be told truly by a simulator:
//!
//! | behaviour | tested by |
//! |---|---|
//! | each method is sent, with and without a body | `methods::each_method_is_sent_as_it_is` |
//! | POST, PUT and PATCH send JSON with its type and length | `methods::a_body_has_its_type_and_length` |
//! | HEAD with a length has no body, and the next request its own response | `methods::a_response_to_head_has_no_body_whatever_it_says` |
//! | OPTIONS | `methods::each_method_is_sent_as_it_is` |
//! | a response without a length goes to the end | `bodies::a_body_without_a_length_goes_to_the_end_of_the_connection` |
//! | a body that is cut is an error | `bodies::a_body_that_is_cut_is_an_error` |
//! | a body that is cut inside chunks is an error | `bodies::a_body_that_is_cut_is_an_error` |
//! | a body to the end that is cut by a reset is an error | `bodies::a_body_to_the_end_that_ends_with_a_reset_is_an_error` |
//! | a response in chunks | `bodies::chunks_are_put_together` |
//! | a response with trailers | `bodies::chunks_are_put_together` |
//! | 204 and 304 with a length have no body | `bodies::some_statuses_have_no_body_whatever_they_say` |
//! | a body of bytes that are no text, both ways | `bodies::bytes_go_there_and_back` |
//! | 10 MB down | `bodies::ten_megabytes_go_down_and_up` |
//! | 10 MB up | `bodies::ten_megabytes_go_down_and_up` |
//! | a request body in chunks | `bodies::a_request_goes_in_chunks` |
//! | responses before the final one | `responses::interim_responses_are_taken_before_the_final_one` |
//! | a response before the body was read | `responses::a_response_may_come_before_the_body_was_read` |
//! | HTTP/1.0 | `responses::http_1_0_ends_the_connection_unless_it_says_otherwise` |
//! | a status that http-types has no name for | `responses::a_status_may_be_any_number` |
//! | the reason | `responses::a_reason_is_kept` |
//! | repeated headers | `responses::headers_that_come_twice_are_two` |
//! | bytes beyond ASCII in headers | `responses::headers_may_have_bytes_beyond_ascii` |
//! | no header is invented | `responses::no_header_is_invented` |
//! | garbage | `responses::what_is_no_http_is_malformed` |
//! | a head that is too long | `responses::a_head_that_is_too_long_is_malformed` |
//! | 500 requests, each on a new connection | `connections::five_hundred_requests_each_on_its_own_connection` |
//! | 500 requests on one connection | `connections::five_hundred_requests_on_one_connection` |
//! | `Connection: close`, from either side | `connections::a_connection_ends_where_it_was_said` |
//! | a request after one that timed out has its own response | `connections::a_late_response_is_nobody_elses` |
//! | 20 requests after 20 that were given up | `connections::twenty_requests_after_twenty_that_were_given_up` |
//! | an idle connection that the server closed: told each time, never repeated | `connections::a_request_on_a_connection_that_was_closed_is_told_and_never_repeated` |
//! | redirects: kept and changed methods, relative and absolute, loops, other servers | `redirects` |
//! | queries, forms and paths are encoded | `methods::queries_forms_and_paths_are_encoded` |
//! | failures are named, and can be asked for | `findings` |
//!
//! That it is surf which sends is tested beside the client backend (`src/net/surf/tests.rs`).

#![expect(clippy::unwrap_used, reason = "a test may stop where something is missing")]

#[path = "play/stage.rs"]
#[expect(dead_code, reason = "a part of the stage is enough here")]
mod stage;

mod http_client {
    pub(crate) mod server;

    mod bodies;
    mod connections;
    mod findings;
    mod methods;
    mod redirects;
    mod responses;
}
