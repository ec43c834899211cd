//! Numbers of variable length: seven bits a byte, the lowest first; the eighth says that more
//! follow. Signed ones are folded first, so that small negative ones stay short.
//!
//! Refuses to check how short a number could have been. Source: clients `ByteUtils` (4.1).

/// 0, -1, 1, -2… become 0, 1, 2, 3…
#[must_use]
pub fn zigzag32(number: i32) -> u32 {
    ((number << 1) ^ (number >> 31)) as u32
}

#[must_use]
pub fn zigzag64(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

#[must_use]
pub fn unzigzag32(folded: u32) -> i32 {
    (folded >> 1) as i32 ^ -((folded & 1) as i32)
}

#[must_use]
pub fn unzigzag64(folded: u64) -> i64 {
    (folded >> 1) as i64 ^ -((folded & 1) as i64)
}

/// Appends an unsigned number, of 32 bits or of 64.
pub fn write(mut number: u64, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Takes an unsigned number of 32 bits; none when it does not end in five bytes.
pub fn read32(bytes: &mut &[u8]) -> Option<u32> {
    read(bytes, 5).map(|number| number as u32)
}

/// Takes an unsigned number of 64 bits; none when it does not end in ten bytes.
pub fn read64(bytes: &mut &[u8]) -> Option<u64> {
    read(bytes, 10)
}

/// Bits beyond the number's width are dropped, as Java's shifts drop them.
fn read(bytes: &mut &[u8], longest: usize) -> Option<u64> {
    let length = bytes.iter().take(longest).position(|byte| byte & 0x80 == 0)? + 1;
    let (number, rest) = bytes.split_at(length);
    *bytes = rest;
    let parts = number.iter().enumerate();
    Some(parts.fold(0, |number, (n, byte)| number | (u64::from(byte & 0x7f) << (7 * n))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(number: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(number, &mut bytes);
        bytes
    }

    #[test]
    fn small_numbers_take_one_byte_of_either_sign() {
        assert_eq!([0, -1, 1, -64, 63].map(zigzag32), [0, 1, 2, 127, 126]);
        assert_eq!(written(127), [0x7f]);
        assert_eq!(written(128), [0x80, 0x01]);
    }

    #[test]
    fn the_ends_of_the_range_come_back() {
        for number in [i32::MIN, -1, 0, 1, i32::MAX] {
            let bytes = written(zigzag32(number).into());
            assert_eq!(read32(&mut bytes.as_slice()).map(unzigzag32), Some(number));
        }
        for number in [i64::MIN, -1, 0, 1, i64::MAX] {
            let bytes = written(zigzag64(number));
            assert_eq!(read64(&mut bytes.as_slice()).map(unzigzag64), Some(number));
        }
    }

    #[test]
    fn a_number_that_does_not_end_is_refused() {
        assert_eq!(read32(&mut [0x80].as_slice()), None);
        assert_eq!(read32(&mut [0xff; 6].as_slice()), None);
        assert_eq!(read64(&mut [0xff; 11].as_slice()), None);
    }
}
